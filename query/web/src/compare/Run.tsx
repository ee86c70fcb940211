import { Link } from '@tanstack/react-router'
import type { Comparison } from '../api/types'
import { agentNames, serverNames } from '../sessions/names'
import { several, short, took } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import s from './Run.module.css'

/** One side of a comparison. */
export function Run({ run, side }: { run: Comparison['a']; side: string }) {
  const names = (
    <>
      <Recorded text={agentNames(run.clients)} most={60} /> → <Recorded text={serverNames(run.servers)} most={80} />
    </>
  )
  return (
    <p>
      <b className={s.side}>{side}</b>{' '}
      {run.id.startsWith('t-') ? (
        <Link to="/trails/$id" params={{ id: run.id }}>
          {names}
        </Link>
      ) : (
        <Link to="/sessions/$id" params={{ id: run.id }}>
          {names}
        </Link>
      )}{' '}
      <Moment time={run.started} />{' '}
      <span className="dim">
        {several(run.operations, 'operation')} in {took(Date.parse(run.ended) - Date.parse(run.started))}, {short(run.id)}
      </span>
      {run.truncated && <span className="tag warn">more operations than are compared</span>}
    </p>
  )
}
