import { expect, test } from 'vitest'
import type { Event, Fact, Json, Operation } from '../api/types'
import { after, event, fact, operation, timeline } from '../recordtest/record'
import { rowsOf } from '../timeline/rows'
import { known, standing, type OperationRow } from './state'

const operations = (...list: Operation[]) => rowsOf(timeline({ operations: list })).filter((r): r is OperationRow => r.type === 'operation')
const failed = (o: Operation) => o.outcome !== 'ok'

test('an operation is in flight from its request until its answer', () => {
  const rows = operations(operation({ seq: 1, started: after(100), duration_ms: 50 }))
  expect(standing(rows, 99, failed)).toMatchObject({ inFlight: [], done: 0 })
  expect(standing(rows, 100, failed).inFlight).toEqual(rows)
  expect(standing(rows, 149, failed).inFlight).toEqual(rows)
  expect(standing(rows, 150, failed)).toMatchObject({ inFlight: [], done: 1 })
})

test('what nobody answered stays in flight, and what failed is counted', () => {
  const rows = operations(operation({ seq: 1, duration_ms: null }), operation({ seq: 3, outcome: 'tool_error' }), operation({ seq: 5 }))
  const s = standing(rows, 9_999_999, failed)
  expect([s.inFlight.length, s.done, s.failed]).toEqual([1, 2, 1])
})

test('data seen is what answers gave, each target once, the newest last', () => {
  const rows = operations(
    operation({ seq: 1, target: 'a' }),
    operation({ seq: 3, kind: 'resource', target: 'b' }),
    operation({ seq: 5, target: 'a' }),
    operation({ seq: 7, kind: 'list', target: '' }),
    operation({ seq: 9, target: 'c', answer_seqs: [] }),
  )
  expect(standing(rows, 9_999_999, failed).seen.map((s) => [s.kind, s.target, s.times])).toEqual([['resource', 'b', 1], ['tool', 'a', 2]])
})

const tools = (seq: number, over: Partial<Operation> = {}) => operation({ seq, kind: 'list', method: 'tools/list', target: '', started: after(seq * 100), ...over })
const listed = (seq: number, names: Json[], nextCursor?: string): [number, Event] => [seq, event({ seq, payload: { result: { tools: names, ...(nextCursor === undefined ? {} : { nextCursor }) } } })]
const named = (...names: string[]) => names.map((name) => ({ name }))
const toolsAt = (t: number, list: Operation[], answers: [number, Event][], facts: Fact[] = []) => known(rowsOf(timeline({ operations: list, facts })), new Map(answers), t).get('tools/list')

test('a list is known from its answer on', () => {
  expect(toolsAt(109, [tools(1)], [listed(2, named('a'))])).toBeUndefined()
  expect(toolsAt(110, [tools(1)], [listed(2, named('a'))])).toEqual({ names: ['a'], partial: false, stale: false })
})

test('pages are put together while more was offered, and a new reading replaces a whole list', () => {
  const pages = [listed(2, named('a', 'b'), 'more'), listed(4, named('b', 'c')), listed(6, named('d'))]
  expect(toolsAt(200, [tools(1)], pages)).toEqual({ names: ['a', 'b'], partial: true, stale: false })
  expect(toolsAt(350, [tools(1), tools(3)], pages)?.names).toEqual(['a', 'b', 'c'])
  expect(toolsAt(9999, [tools(1), tools(3), tools(5)], pages)?.names).toEqual(['d'])
})

test('a list is stale once the server said that it changed, until it is read again', () => {
  const changed = fact({ seq: 3, kind: 'notification', method: 'notifications/tools/list_changed', time: after(300) })
  expect(toolsAt(250, [tools(1)], [listed(2, named('a'))], [changed])?.stale).toBe(false)
  expect(toolsAt(300, [tools(1)], [listed(2, named('a'))], [changed])?.stale).toBe(true)
  expect(toolsAt(9999, [tools(1), tools(5)], [listed(2, named('a')), listed(6, named('a'))], [changed])?.stale).toBe(false)
})

test('an answer that is no list, and items without a name, are passed over', () => {
  expect(toolsAt(9999, [tools(1)], [[2, event({ payload: { error: { code: 1 } } })]])).toBeUndefined()
  expect(toolsAt(9999, [tools(1)], [[2, event({ payload: { result: { tools: 'all' } } })]])).toBeUndefined()
  expect(toolsAt(9999, [tools(1)], [listed(2, [{ name: 'a' }, { name: 7 }, 'b', null])])?.names).toEqual(['a'])
})

test('resources are known by their address', () => {
  const resources = operation({ seq: 1, kind: 'list', method: 'resources/list', target: '' })
  const answers = new Map([[2, event({ payload: { result: { resources: [{ uri: 'file:///a', name: 'A' }] } } })]])
  expect(known(rowsOf(timeline({ operations: [resources] })), answers, 9999).get('resources/list')?.names).toEqual(['file:///a'])
})
