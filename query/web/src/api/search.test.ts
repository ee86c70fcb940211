import { expect, test } from 'vitest'
import { many, number, one, parseSearch, someOf, stringifySearch, toggled, word } from './search'

test('an address is read back as it was written', () => {
  const search = { q: 'a b&c=ü', at: 0, kind: ['tool', 'list'], failed: '1' }
  expect(parseSearch(stringifySearch(search))).toEqual({ q: 'a b&c=ü', at: '0', kind: ['tool', 'list'], failed: '1' })
})

test('what is empty does not stand in an address', () => {
  expect(stringifySearch({ a: undefined, b: null, c: '', d: false, e: [], f: [''] })).toBe('')
})

test('a name that repeats is a list, of which one value is the first', () => {
  const raw = parseSearch('?kind=a&kind=b&kind=&q=x')
  expect(raw).toEqual({ kind: ['a', 'b', ''], q: 'x' })
  expect([one(raw, 'kind'), many(raw, 'kind'), many(raw, 'q'), many(raw, 'none')]).toEqual(['a', ['a', 'b'], ['x'], undefined])
})

test.each<[unknown, number | undefined]>([['12.5', 12.5], [0, 0], ['-1', -1], ['', undefined], ['x', undefined], ['Infinity', undefined], [['1'], undefined], [NaN, undefined]])('%j as a number is %j', (value, want) => {
  expect(number({ n: value }, 'n')).toBe(want)
})

test('only known words pass', () => {
  expect(word({ v: 'lanes' }, 'v', ['lanes'])).toBe('lanes')
  expect(word({ v: 'toString' }, 'v', ['lanes'])).toBeUndefined()
  expect(someOf({ k: ['a', 'x', 'b'] }, 'k', ['b', 'a'])).toEqual(['a', 'b'])
  expect(someOf({ k: ['x'] }, 'k', ['a'])).toBeUndefined()
})

test('a value of a list is switched on and off', () => {
  expect(toggled(undefined, 'a')).toEqual(['a'])
  expect(toggled(['a'], 'b')).toEqual(['a', 'b'])
  expect(toggled(['a', 'b'], 'a')).toEqual(['b'])
  expect(toggled(['a'], 'a')).toBeUndefined()
})
