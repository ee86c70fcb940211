import { expect, test } from 'vitest'
import { LongNumber, type Json } from '../api/types'
import { linesOf, textOf } from './lines'

const value: Json = { a: [1, { 'b/~c': null }], s: 'x"y', e: {}, n: new LongNumber('9007199254740993') }

test('text is JSON again, with numbers as they were written', () => {
  expect(textOf(value)).toBe(`{
  "a": [
    1,
    {
      "b/~c": null
    }
  ],
  "s": "x\\"y",
  "e": {},
  "n": 9007199254740993
}`)
  expect(textOf([])).toBe('[]')
  expect(textOf('a')).toBe('"a"')
  expect(textOf(true)).toBe('true')
})

test('paths are JSON pointers, so that what was cut out is found at them', () => {
  expect(linesOf(value, new Set()).filter((l) => l.kind !== 'close').map((l) => l.path)).toEqual(['', '/a', '/a/0', '/a/1', '/a/1/b~1~0c', '/s', '/e', '/n'])
})

test('what is folded is one line that says how much is in it', () => {
  const lines = linesOf(value, new Set(['/a']))
  expect(lines.map((l) => l.path)).toEqual(['', '/a', '/s', '/e', '/n', '#'])
  expect(lines[1]).toMatchObject({ text: '[…]', folded: true, size: 2, comma: true })
})

test('an empty object cannot be folded', () => {
  expect(linesOf({}, new Set(['']))).toMatchObject([{ text: '{}', folded: false, size: 0 }])
})

test('every line but the last of its container ends in a comma, an opening one never', () => {
  expect(linesOf({ a: [1, 2], b: 3 }, new Set()).map((l) => [l.text, l.comma])).toEqual([['{', false], ['[', false], ['1', true], ['2', false], [']', true], ['3', false], ['}', false]])
})
