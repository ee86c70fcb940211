import { Link } from '@tanstack/react-router'
import type { TrailSummary } from '../api/types'
import { agentNames, principalName, serverNames } from '../sessions/names'
import { count, several, took } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { Confidence } from './Confidence'

interface Props {
  trail: TrailSummary
  index: number
  current: boolean
  choose: () => void
}

/** One trail: who, with which servers, and how sure the joins are. */
export function TrailRow({ trail: t, index, current, choose }: Props) {
  return (
    <li data-trail={index} aria-current={current || undefined} onClick={choose}>
      <Moment time={t.started} />
      <Link to="/trails/$id" params={{ id: t.id }}>
        <Recorded text={t.name || agentNames(t.clients)} most={80} />{' '}
        <span className="dim">→</span> <Recorded text={serverNames(t.servers)} most={100} />
      </Link>
      <span className="dim">{t.principals.length > 0 && <Recorded text={t.principals.map(principalName).join(', ')} most={60} />}</span>
      <span className="num">
        {several(t.sessions, 'session')}
        {t.truncated && '+'}
      </span>
      <span className="num">{count(t.operations)} ops</span>
      <span className={`num ${t.errors > 0 ? 'bad' : 'dim'}`}>{count(t.errors)} failed</span>
      <span className="num">{took(Date.parse(t.ended) - Date.parse(t.started))}</span>
      <span>
        {t.sessions > 1 && <Confidence confidence={t.confidence} />}
        {t.conflicts > 0 && <span className="tag warn">{several(t.conflicts, 'conflict')}</span>}
        {t.gaps > 0 && <span className="tag warn">{several(t.gaps, 'gap')}</span>}
      </span>
    </li>
  )
}
