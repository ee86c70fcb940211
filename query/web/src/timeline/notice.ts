import { bytes, several } from '../ui/format'
import type { Row } from './rows'

/** What is missing or wrong at a gap, an answer without a request, or a break of the hash chain. */
export function notice(row: Row): string {
  if (row.type === 'gap') {
    const g = row.gap
    const lost = g.bytes > 0 ? `, ${bytes(g.bytes)}` : ''
    return `▨ gap: ${several(g.count, 'message')} not recorded${lost} · ${g.reason.replaceAll('_', ' ')} · seq ${g.from_seq}–${g.to_seq}`
  }
  if (row.type === 'unpaired') {
    const why = row.unpaired.reason === 'gap' ? 'its request may lie in the gap before it' : 'no request in the record has its id'
    const { rpc_id: id, http_status: status } = row.unpaired
    return `⤬ answer ${id || 'without an id'} belongs to no request: ${status >= 300 ? `HTTP ${status}, ` : ''}${why}`
  }
  return '✕ the hash chain does not hold here: an event was changed, removed or inserted'
}
