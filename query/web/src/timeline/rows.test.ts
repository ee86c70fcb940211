import { expect, test } from 'vitest'
import { after, fact, gap, integrity, operation, timeline, unpaired } from '../recordtest/record'
import { choose, kindsOf, messageSeqs, millis, place, rowsOf, seqsOf, type Choice } from './rows'

const everything: Choice = { q: '', kinds: [], failed: false, from: 0, to: Infinity }
const seqs = (rows: readonly { seq: number }[]) => rows.map((r) => r.seq)

test('times keep their microseconds', () => {
  expect(millis('2026-11-22T09:30:00.000001Z') - millis('2026-11-22T09:30:00Z')).toBeCloseTo(0.001, 3)
  expect(millis('2026-11-22T09:30:00.1Z') - millis('2026-11-22T09:30:00Z')).toBeCloseTo(100, 3)
})

test('rows are in the order of their numbers, whatever their times say', () => {
  const rows = rowsOf(
    timeline({ operations: [operation({ seq: 1, started: after(500) }), operation({ seq: 5, started: after(100) })], facts: [fact({ seq: 3, time: after(900) })] }),
  )
  expect(rows.map((r) => [r.seq, r.type, r.start])).toEqual([[1, 'operation', 500], [3, 'fact', 900], [5, 'operation', 100]])
})

test('a gap, an answer without a request and a break lie where the row before them began', () => {
  const rows = rowsOf(
    timeline({ operations: [operation({ seq: 2, started: after(300) })], gaps: [gap({ from_seq: 4 })], unpaired: [unpaired({ seq: 8 })], integrity: integrity({ state: 'broken', first_bad_seq: 9 }) }),
  )
  expect(rows.map((r) => [r.seq, r.type, r.start, r.end])).toEqual([[2, 'operation', 300, 310], [4, 'gap', 300, 300], [8, 'unpaired', 300, 300], [9, 'break', 300, 300]])
})

test('a break stands before the event that is bad', () => {
  const rows = rowsOf(timeline({ operations: [operation({ seq: 4 })], integrity: integrity({ first_bad_seq: 4 }) }))
  expect(rows.map((r) => r.type)).toEqual(['break', 'operation'])
})

test('an operation without an answer runs to the end of the session', () => {
  const [row] = rowsOf(timeline({ operations: [operation({ seq: 1, started: after(200), duration_ms: null })] }))
  expect([row!.start, row!.end]).toEqual([200, 10_000])
})

test('an operation lies one deeper than its parent', () => {
  const rows = rowsOf(timeline({ operations: [operation({ seq: 1, id: 'a' }), operation({ seq: 3, id: 'b', parent: 'a' }), operation({ seq: 5, id: 'c', parent: 'b' }), operation({ seq: 7, parent: 'lost' })] }))
  expect(rows.map((r) => r.depth)).toEqual([0, 1, 2, 1])
})

const rows = rowsOf(
  timeline({
    operations: [operation({ seq: 1, target: 'echo' }), operation({ seq: 7, target: 'sum', outcome: 'tool_error', started: after(50), flags: ['replay'] }), operation({ seq: 9, kind: 'list', method: 'tools/list', target: '' })],
    facts: [fact({ seq: 3, kind: 'stderr' })],
    gaps: [gap({ from_seq: 5 })],
    integrity: integrity({ first_bad_seq: 6 }),
  }),
)

test.each<[string, Partial<Choice>, number[]]>([
  ['nothing chosen shows all', {}, [1, 3, 5, 6, 7, 9]],
  ['words must all occur, in any case', { q: 'TOOLS/call  sum' }, [5, 6, 7]],
  ['a flag is found', { q: 'replay' }, [5, 6, 7]],
  ['a number is found', { q: '9 tools' }, [5, 6, 9]],
  ['failed operations', { failed: true }, [5, 6, 7]],
  ['kinds', { kinds: ['list', 'stderr'] }, [3, 5, 6, 9]],
  ['nothing is like that, but what is missing still shows', { q: 'nowhere' }, [5, 6]],
  ['a time', { from: 40, to: 60 }, [7]],
])('choosing rows: %s', (_, choice, want) => {
  expect(seqs(choose(rows, { ...everything, ...choice }))).toEqual(want)
})

test('kinds are counted, the commonest first', () => {
  expect(kindsOf(rows)[0]).toEqual(['tool', 2])
  expect(Object.fromEntries(kindsOf(rows))).toEqual({ tool: 2, list: 1, stderr: 1, gap: 1, break: 1 })
})

test('an event is found in the row that it belongs to', () => {
  const found = rowsOf(timeline({ operations: [operation({ seq: 1, answer_seqs: [6], notification_seqs: [4] }), operation({ seq: 2, answer_seqs: [5] })], facts: [fact({ seq: 8, seqs: [8, 10, 12] })] }))
  expect([1, 4, 5, 6, 12].map((seq) => found[place(found, seq)]!.seq)).toEqual([1, 1, 2, 1, 8])
  expect(place(found, 99)).toBe(-1)
})

test('the events of an operation are named once, in their order', () => {
  expect(seqsOf(operation({ seq: 9, request_seqs: [9, 2], answer_seqs: [12], notification_seqs: [10], fact_seqs: [3], replay_seqs: [2] }))).toEqual([2, 3, 9, 10, 12])
})

test('an embedded operation is in the messages of another', () => {
  expect(messageSeqs(operation({ seq: 3, embedded: { key: 'k', asked_in: 4, answered_in: 7 } }))).toEqual([4, 7])
  expect(messageSeqs(operation({ seq: 3, embedded: { key: 'k', asked_in: 4, answered_in: null } }))).toEqual([4])
  expect(messageSeqs(operation({ seq: 3 }))).toEqual([3, 4])
})
