import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import type { Event } from '../api/types'
import { Kind } from '../timeline/Kind'
import { bytes, short } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Outcome } from '../ui/Outcome'
import { Recorded } from '../ui/Recorded'
import { Talk } from './Talk'
import g from '../ui/Grid.module.css'
import s from './LiveRow.module.css'

interface Props {
  event: Event
  index: number
  top: number
  current: boolean
  choose: () => void
}

/** One event as it came. */
export const LiveRow = memo(function LiveRow({ event: e, index, top, current, choose }: Props) {
  return (
    <div role="row" aria-rowindex={index + 2} aria-current={current || undefined} className={g.row} style={{ transform: `translateY(${top}px)` }} onClick={choose}>
      <span role="cell">
        <Moment time={e.time} day={false} />
      </span>
      <span role="cell" className="mono">
        <Link to="/sessions/$id" params={{ id: e.session_id }} search={{ at: e.seq }} tabIndex={-1}>
          {short(e.session_id)}
        </Link>
      </span>
      <span role="cell" className="dim">
        <Talk session={e.session_id} />
      </span>
      <span role="cell" className="num dim">
        {e.seq}
      </span>
      <span role="cell">{e.direction === '' ? '·' : e.direction === 'server_to_client' ? '←' : '→'}</span>
      <span role="cell">
        <Kind kind={e.kind} />
      </span>
      <span role="cell" className={s.what}>
        <span className="mono">
          <Recorded text={e.method} most={80} />
        </span>{' '}
        <b>
          <Recorded text={e.target} most={160} />
        </b>
        {!e.method && <span className="dim">{typeof e.payload === 'string' ? <Recorded text={e.payload} most={160} /> : <span className={s.kind}>{e.kind}</span>}</span>}
      </span>
      <span role="cell">{e.outcome && <Outcome outcome={e.outcome} code={e.error_code} />}</span>
      <span role="cell" className="num dim">
        {bytes(e.size)}
      </span>
    </div>
  )
})
