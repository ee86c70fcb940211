import type { Fact, Gap, Operation, Timeline, Unpaired } from '../api/types'
import { toneOf } from '../ui/tone'

interface Place {
  session: string
  /** Which server it concerns, from 0. */
  lane: number
  seq: number
  /** Milliseconds since the start of what is shown. */
  start: number
  end: number
  depth: number
}

export type Row = Place &
  (
    | { type: 'operation'; operation: Operation }
    | { type: 'fact'; fact: Fact }
    | { type: 'gap'; gap: Gap }
    | { type: 'unpaired'; unpaired: Unpaired }
    | { type: 'break' }
  )

/** Wall clock time in milliseconds with its microseconds, which Date does not keep. */
export function millis(time: string): number {
  const fraction = /\.(\d+)/.exec(time)
  return Date.parse(`${time.slice(0, 19)}Z`) + (fraction ? Number(`0.${fraction[1]}`) * 1000 : 0)
}

/** Everything of a session in the order of its numbers, with gaps and breaks where they are. */
export function rowsOf(timeline: Timeline, zero = millis(timeline.session.started), lane = 0): Row[] {
  const session = timeline.session.id
  const ended = millis(timeline.session.ended) - zero
  const depths = new Map<string, number>()
  const rows: Row[] = []
  for (const operation of timeline.operations) {
    const depth = operation.parent === null ? 0 : (depths.get(operation.parent) ?? 0) + 1
    depths.set(operation.id, depth)
    const start = millis(operation.started) - zero
    const end = operation.duration_ms === null ? Math.max(ended, start) : start + operation.duration_ms
    rows.push({ type: 'operation', operation, session, lane, seq: operation.seq, start, end, depth })
  }
  for (const fact of timeline.facts) {
    const start = millis(fact.time) - zero
    rows.push({ type: 'fact', fact, session, lane, seq: fact.seq, start, end: start, depth: 0 })
  }
  const unplaced: Row[] = [
    ...timeline.gaps.map((gap): Row => ({ type: 'gap', gap, session, lane, seq: gap.from_seq, start: 0, end: 0, depth: 0 })),
    ...timeline.unpaired.map((unpaired): Row => ({ type: 'unpaired', unpaired, session, lane, seq: unpaired.seq, start: 0, end: 0, depth: 0 })),
  ]
  const bad = timeline.integrity.first_bad_seq
  if (bad !== null) unplaced.push({ type: 'break', session, lane, seq: bad, start: 0, end: 0, depth: 0 })
  rows.push(...unplaced)
  rows.sort((a, b) => a.seq - b.seq || Number(b.type === 'break') - Number(a.type === 'break'))
  // A gap has no time of its own: it lies where the row before it began.
  let start = 0
  for (const row of rows) {
    if (row.type === 'operation' || row.type === 'fact') start = row.start
    else row.start = row.end = start
  }
  return rows
}

export interface Choice {
  q: string
  kinds: readonly string[]
  failed: boolean
  from: number
  to: number
}

/** The rows that the choice shows. Gaps and breaks always are, within the time. */
export function choose(rows: readonly Row[], { q, kinds, failed, from, to }: Choice): Row[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const all = words.length === 0 && kinds.length === 0 && !failed
  return rows.filter((row) => {
    if (row.end < from || row.start > to) return false
    if (all || row.type === 'gap' || row.type === 'break') return true
    if (failed && (row.type !== 'operation' || toneOf(row.operation.outcome) !== 'bad')) return false
    if (kinds.length > 0 && !kinds.includes(kindOf(row))) return false
    const text = textOf(row)
    return words.every((w) => text.includes(w))
  })
}

export function kindOf(row: Row): string {
  return row.type === 'operation' ? row.operation.kind : row.type === 'fact' ? row.fact.kind : row.type
}

const texts = new WeakMap<Row, string>()

function textOf(row: Row): string {
  let text = texts.get(row)
  if (text === undefined) {
    const o = row.type === 'operation' ? row.operation : row.type === 'fact' ? row.fact : null
    text = o ? [row.seq, o.kind, o.method, o.target, o.outcome, ...o.flags].join(' ').toLowerCase() : `${row.seq} ${row.type}`
    texts.set(row, text)
  }
  return text
}

/** How many rows there are of each kind. */
export function kindsOf(rows: readonly Row[]): [kind: string, count: number][] {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(kindOf(row), (counts.get(kindOf(row)) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1])
}

/** Index of the row that an event belongs to, -1 where none is shown. */
export function place(rows: readonly Row[], seq: number): number {
  const exact = rows.findIndex((r) => r.seq === seq)
  if (exact >= 0) return exact
  return rows.findIndex((r) => (r.type === 'operation' ? seqsOf(r.operation).includes(seq) : r.type === 'fact' && r.fact.seqs.includes(seq)))
}

/** Numbers of the events that hold an operation. An embedded one has no messages of its own: it is in those of another. */
export function messageSeqs(o: Operation): number[] {
  return o.embedded ? [o.embedded.asked_in, ...(o.embedded.answered_in === null ? [] : [o.embedded.answered_in])] : seqsOf(o)
}

/** Numbers of all events of an operation. */
export function seqsOf(o: Operation): number[] {
  return [...new Set([...o.request_seqs, ...o.answer_seqs, ...o.notification_seqs, ...o.fact_seqs, ...o.replay_seqs])].toSorted((a, b) => a - b)
}
