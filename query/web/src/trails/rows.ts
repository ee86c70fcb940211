import type { Trail, TrailTimeline } from '../api/types'
import { millis, type Row } from '../timeline/rows'

/** Lanes of a trail, the agent first. */
export function lanesOf(trail: Trail): string[] {
  return [trail.clients.map((c) => c.name).join(', ') || 'agent', ...(trail.servers.length > 0 ? trail.servers : ['server'])]
}

/** All operations and gaps of a trail in the order in which they began. */
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
  for (const gap of pages.flatMap((p) => p.gaps)) {
    const before = rows.findLastIndex((r) => r.session === gap.session_id && r.seq < gap.from_seq)
    const at = rows[before]?.start ?? 0
    rows.splice(before + 1, 0, { type: 'gap', gap, session: gap.session_id, lane: rows[before]?.lane ?? 0, seq: gap.from_seq, start: at, end: at, depth: 0 })
  }
  return rows
}
