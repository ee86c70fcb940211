import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import type { SessionSummary } from '../api/types'
import { count, short, took } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { SessionState } from './SessionState'
import { agentName, principalName, serverName } from './names'
import g from '../ui/Grid.module.css'
import css from './SessionRow.module.css'

interface Props {
  session: SessionSummary
  index: number
  top: number
  current: boolean
  choose: () => void
}

/** One session. */
export const SessionRow = memo(function SessionRow({ session: s, index, top, current, choose }: Props) {
  return (
    <div className={g.row} role="row" aria-rowindex={index + 2} aria-current={current || undefined} style={{ transform: `translateY(${top}px)` }} onClick={choose}>
      <span role="cell">
        <Moment time={s.started} />
      </span>
      <span role="cell" className={css.main}>
        <Link to="/sessions/$id" params={{ id: s.id }} tabIndex={current ? 0 : -1}>
          <Recorded text={agentName(s)} most={80} /> <span className="dim">→</span>{' '}
          <Recorded text={serverName(s)} most={80} />
        </Link>
      </span>
      <span role="cell" className="dim">
        <Recorded text={principalName(s.principal)} most={60} />
      </span>
      <span role="cell" className="dim">
        {s.transport.replace('streamable_', '')} <Recorded text={s.protocol_version} most={40} />
      </span>
      <span role="cell" className="num">
        {count(s.operations)}
      </span>
      <span role="cell" className="num">
        {count(s.tool_calls)}
      </span>
      <span role="cell" className={`num ${s.errors > 0 ? 'bad' : 'dim'}`}>
        {count(s.errors)}
      </span>
      <span role="cell" className="num">
        {took(Date.parse(s.ended) - Date.parse(s.started))}
      </span>
      <span role="cell">
        <SessionState session={s} />
      </span>
      <span role="cell" className="mono dim">
        {short(s.id)}
      </span>
    </div>
  )
})
