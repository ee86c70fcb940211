import { expect, test } from 'vitest'
import { parseSearch, stringifySearch } from '../api/search'
import { compareSearch } from '../compare/search'
import { liveSearch } from '../live/search'
import { replaySearch } from '../replay/search'
import { searchSearch } from '../search/search'
import { serversSearch } from '../servers/search'
import { trailSearch } from '../trails/search'
import { idOrText, sessionsSearch } from './search'

const set = (search: object) => Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined))

test('the address of a dashboard chooses sessions, and words that are not known choose nothing', () => {
  const search = set(sessionsSearch(parseSearch('?client=a&client=b&kind=request&kind=x&outcome=ok&transport=smoke&complete=maybe&not=server:x&not=evil&from=2026-11-22T00:00:00Z')))
  expect(search).toEqual({ client: ['a', 'b'], kind: ['request'], outcome: ['ok'], not: ['server:x'], from: '2026-11-22T00:00:00Z' })
})

test('a filter is the same after a way through the address', () => {
  const search = set(sessionsSearch(parseSearch('?text=a+b&server=x%2Fy&outcome=tool_error&not=tool:%C3%BC')))
  expect(set(sessionsSearch(parseSearch(stringifySearch(search))))).toEqual(search)
})

test.each([
  ['01a2037b', { id: '01a2037b', text: undefined }],
  [' 402e7026259b ', { id: '402e7026259b', text: undefined }],
  ['01a2037b-cff2-79b7', { id: '01a2037b-cff2-79b7', text: undefined }],
  ['access denied', { id: undefined, text: 'access denied' }],
  ['abc', { id: undefined, text: 'abc' }],
  ['  ', { id: undefined, text: undefined }],
])('%j is looked for as %j', (typed, want) => {
  expect(idOrText(typed)).toEqual(want)
})

test('each page reads its own part of an address', () => {
  expect(set(searchSearch(parseSearch('?text=sum&kind=noise&session=s&at=3')))).toEqual({ text: 'sum', kind: ['noise'], session: 's' })
  expect(set(liveSearch(parseSearch('?kind=stderr&text=x')))).toEqual({ kind: ['stderr'] })
  expect(set(compareSearch(parseSearch('?a=1&b=2&all=1')))).toEqual({ a: '1', b: '2', all: '1' })
  expect(set(replaySearch(parseSearch('?t=1500&speed=2&x=1')))).toEqual({ t: 1500, speed: 2 })
  expect(set(serversSearch(parseSearch('?server=s&kind=tool&name=n&changed=1&kind=x')))).toEqual({ server: 's', kind: 'tool', name: 'n', changed: '1' })
  expect(set(trailSearch(parseSearch('?view=lanes&in=s&at=4&failed=1')))).toEqual({ view: 'lanes', in: 's', at: 4, failed: '1' })
})
