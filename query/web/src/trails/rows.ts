import type { Gap, Integrity, Trail, TrailTimeline } from '../api/types'
import { millis, type Row } from '../timeline/rows'

/** Lanes of a trail, the agent first. */
export function lanesOf(trail: Trail): string[] {
  return [trail.clients.map((c) => c.name).join(', ') || 'agent', ...(trail.servers.length > 0 ? trail.servers : ['server'])]
}

/** What the record of each session proves, as far as it was read. */
export function integrityOf(pages: readonly TrailTimeline[]): Map<string, Integrity> {
  return new Map(pages.flatMap((p) => p.sessions).map((s) => [s.session_id, s.integrity]))
}

/** Everything of a trail in the order in which it began. */
export function trailRows(trail: Trail, pages: readonly TrailTimeline[]): Row[] {
  const zero = millis(trail.started)
  const ended = millis(trail.ended) - zero
  const lanes = new Map(trail.session_list.map((s) => [s.id, Math.max(trail.servers.indexOf(s.server.name || s.upstream), 0)]))
  const depths = new Map<string, number>()
  const rows = pages.flatMap((p) => p.operations).map((operation): Row => {
    const depth = operation.parent === null ? 0 : (depths.get(operation.parent) ?? 0) + 1
    depths.set(operation.id, depth)
    const start = millis(operation.started) - zero
    return {
      type: 'operation', operation, session: operation.session_id, lane: lanes.get(operation.session_id) ?? 0, seq: operation.seq,
      start, end: operation.duration_ms === null ? Math.max(ended, start) : start + operation.duration_ms, depth,
    }
  })
  for (const fact of pages.flatMap((p) => p.facts)) {
    const start = millis(fact.time) - zero
    rows.push({ type: 'fact', fact, session: fact.session_id, lane: lanes.get(fact.session_id) ?? 0, seq: fact.seq, start, end: start, depth: 0 })
  }
  rows.sort((a, b) => a.start - b.start || a.seq - b.seq)
  // What has no time of its own lies behind the row before it of its session.
  const place = (session: string, seq: number, what: { type: 'gap'; gap: Gap } | { type: 'break' }) => {
    const before = rows.findLastIndex((r) => r.session === session && r.seq < seq)
    const at = rows[before]?.start ?? 0
    rows.splice(before + 1, 0, { ...what, session, lane: lanes.get(session) ?? 0, seq, start: at, end: at, depth: 0 })
  }
  for (const gap of pages.flatMap((p) => p.gaps)) place(gap.session_id, gap.from_seq, { type: 'gap', gap })
  for (const [session, { first_bad_seq: bad }] of integrityOf(pages)) if (bad !== null) place(session, bad, { type: 'break' })
  return rows
}
