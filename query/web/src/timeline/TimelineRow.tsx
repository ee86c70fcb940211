import { memo } from 'react'
import { count, offset, took } from '../ui/format'
import { Outcome } from '../ui/Outcome'
import { Recorded } from '../ui/Recorded'
import { Arrows } from './Arrows'
import { Bar } from './Bar'
import { Kind } from './Kind'
import { NoticeRow } from './NoticeRow'
import type { Row } from './rows'
import g from '../ui/Grid.module.css'
import n from './Notice.module.css'
import s from './TimelineRow.module.css'

interface Props {
  row: Row
  index: number
  top: number
  from: number
  to: number
  /** How many lanes there are, 0 for bars. */
  lanes: number
  current: boolean
  choose: (index: number) => void
  mark: string
}

/** One operation or fact, or a notice where something is missing. */
export const TimelineRow = memo(function TimelineRow(props: Props) {
  const { row, index, top, lanes, current, choose, mark } = props
  const style = { transform: `translateY(${top}px)` }
  const shared = { role: 'row', 'aria-rowindex': index + 2, 'aria-current': current || undefined, style, onClick: () => choose(index) } as const
  if (row.type === 'gap' || row.type === 'break' || row.type === 'unpaired') {
    return (
      <div {...shared} className={`${g.row} ${n.notice} ${row.type === 'break' ? n.break : ''}`}>
        <NoticeRow row={row} />
      </div>
    )
  }
  const o = row.type === 'operation' ? row.operation : row.fact
  const back = o.direction === 'server_to_client'
  return (
    <div {...shared} className={g.row}>
      <span role="cell" className="num dim">
        {row.seq}
      </span>
      <span role="cell" className="num dim">
        {offset(row.start)}
      </span>
      <span role="cell" className={s.what} style={{ paddingLeft: row.depth * 14 }}>
        {row.depth > 0 && <span className={s.nest}>└</span>}
        <Kind kind={o.kind} word={false} subdued={row.type === 'fact'} />
        <span className={`${s.way} ${back ? s.back : ''}`} title={back ? 'server to client' : o.direction === '' ? 'stated by the collector' : 'client to server'}>
          {o.direction === '' ? '·' : back ? '←' : '→'}
        </span>
        <span className={`mono ${row.type === 'fact' ? 'dim' : ''}`}>
          <Recorded text={o.method || (row.type === 'fact' ? [row.fact.kind, row.fact.detail].filter(Boolean).join(' ') : o.kind)} most={80} mark={mark} />
        </span>{' '}
        <b>
          <Recorded text={o.target} most={160} mark={mark} />
        </b>
        {row.type === 'operation' && row.operation.rounds > 1 && <span className="tag">{row.operation.rounds} rounds</span>}
        {row.type === 'operation' && row.operation.retry_of && <span className="tag warn">retry, maybe done twice</span>}
        {row.type === 'operation' && row.operation.approvals.some((a) => a.action === 'accept') && <span className="tag">approved</span>}
        {row.type === 'operation' && row.operation.task && <span className="tag">task <Recorded text={row.operation.task.status} most={40} /></span>}
        {'redactions' in o && o.redactions && o.redactions.length > 0 && <span className="tag redacted">{o.redactions.map((r) => r.rule).join(' ')}</span>}
        {row.type === 'operation' && row.operation.held?.flags.map((f) => <span key={f} className="tag warn">{f.replaceAll('_', ' ')}</span>)}
        {row.type === 'fact' && row.fact.seqs.length > 1 && <span className="tag">×{count(row.fact.seqs.length)}</span>}
        {o.flags.map((f) => (
          <span key={f} className="tag warn">
            {f.replaceAll('_', ' ')}
          </span>
        ))}
      </span>
      <span role="cell">
        {row.type === 'operation' ? (
          <Outcome outcome={row.operation.outcome} code={row.operation.error_code} />
        ) : row.fact.http_status > 0 ? (
          <span className="dim">HTTP {row.fact.http_status}</span>
        ) : null}
      </span>
      <span role="cell" className="num">
        {row.type === 'operation' ? took(row.operation.duration_ms) : ''}
      </span>
      <span role="cell">
        {lanes > 0 ? <Arrows row={row} lanes={lanes} /> : <Bar row={row} from={props.from} to={props.to} />}
      </span>
    </div>
  )
})
