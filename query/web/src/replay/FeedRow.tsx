import { Kind } from '../timeline/Kind'
import { NoticeRow } from '../timeline/NoticeRow'
import type { Row } from '../timeline/rows'
import { took } from '../ui/format'
import { Outcome } from '../ui/Outcome'
import { Recorded } from '../ui/Recorded'
import s from './FeedRow.module.css'

/** One row of what happened; an operation that is not over at `t` shows how long it has run. */
export function FeedRow({ row, t }: { row: Row; t: number }) {
  if (row.type !== 'operation' && row.type !== 'fact') return <NoticeRow row={row} bare />
  const o = row.type === 'operation' ? row.operation : row.fact
  const over = row.type === 'operation' && row.operation.duration_ms !== null && row.end <= t
  return (
    <>
      <Kind kind={o.kind} word={false} />
      <span className="dim">{o.direction === '' ? '·' : o.direction === 'server_to_client' ? '←' : '→'}</span>
      <span className={s.what}>
        <span className="mono">
          <Recorded text={o.method || o.kind} most={60} />
        </span>{' '}
        <b>
          <Recorded text={o.target} most={80} />
        </b>
      </span>
      {row.type === 'operation' &&
        (over ? <Outcome outcome={row.operation.outcome} code={row.operation.error_code} /> : <span className="warn num">{took(t - row.start)} …</span>)}
    </>
  )
}
