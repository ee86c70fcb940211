import { toneOf } from '../ui/tone'
import { laneAt } from './lanes'
import type { Row } from './rows'
import s from './Arrows.module.css'
import k from './kinds.module.css'

/** What went from lane to lane: a request above, its answer below. */
export function Arrows({ row, lanes }: { row: Row; lanes: number }) {
  const agent = laneAt(0, lanes)
  const server = laneAt(row.lane + 1, lanes)
  const place = { left: `${agent}%`, width: `${server - agent}%` }
  const o = row.type === 'operation' ? row.operation : row.type === 'fact' ? row.fact : null
  const out = o?.direction !== 'server_to_client'
  return (
    <span className={s.track}>
      {Array.from({ length: lanes }, (_, i) => (
        <i key={i} style={{ left: `${laneAt(i, lanes)}%` }} />
      ))}
      {o && o.direction !== '' && <span className={`${s.line} ${out ? s.right : s.left} ${k[o.kind] ?? ''} ${row.type === 'operation' ? s.ask : s.alone}`} style={place} />}
      {row.type === 'operation' && row.operation.answer_seqs.length > 0 && (
        <span className={`${s.line} ${out ? s.left : s.right} ${s.answer}`} data-tone={toneOf(row.operation.outcome)} style={place} />
      )}
      {row.type === 'operation' && row.operation.answer_seqs.length === 0 && <span className={s.cut} style={{ left: `${out ? server : agent}%` }}>✕</span>}
      {o && o.direction === '' && <span className={s.dot} style={{ left: `${server}%` }} />}
    </span>
  )
}
