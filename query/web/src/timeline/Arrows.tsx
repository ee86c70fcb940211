import { toneOf } from '../ui/tone'
import { laneAt } from './lanes'
import type { Row } from './rows'

/** What went from lane to lane: a request above, its answer below. */
export function Arrows({ row, lanes }: { row: Row; lanes: number }) {
  const agent = laneAt(0, lanes)
  const server = laneAt(row.lane + 1, lanes)
  const place = { left: `${agent}%`, width: `${server - agent}%` }
  const o = row.type === 'operation' ? row.operation : row.type === 'fact' ? row.fact : null
  const out = o?.direction !== 'server_to_client'
  return (
    <span className="lane-track">
      {Array.from({ length: lanes }, (_, i) => (
        <i key={i} style={{ left: `${laneAt(i, lanes)}%` }} />
      ))}
      {o && o.direction !== '' && <span className={`arrow-line ${out ? 'right' : 'left'} k-${o.kind} ${row.type === 'operation' ? 'ask' : 'alone'}`} style={place} />}
      {row.type === 'operation' && row.operation.answer_seqs.length > 0 && (
        <span className={`arrow-line ${out ? 'left' : 'right'} answer ${toneOf(row.operation.outcome)}`} style={place} />
      )}
      {row.type === 'operation' && row.operation.answer_seqs.length === 0 && <span className="cut" style={{ left: `${out ? server : agent}%` }}>✕</span>}
      {o && o.direction === '' && <span className="dot" style={{ left: `${server}%` }} />}
    </span>
  )
}
