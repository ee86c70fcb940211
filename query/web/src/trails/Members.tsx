import { Link } from '@tanstack/react-router'
import type { Integrity, Trail } from '../api/types'
import { SessionState } from '../sessions/SessionState'
import { agentName, serverName } from '../sessions/names'
import { IntegrityMark } from '../timeline/IntegrityMark'
import { several, short } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'

/** The sessions of a trail. */
export function Members({ trail, proved }: { trail: Trail; proved: ReadonlyMap<string, Integrity> }) {
  return (
    <ul>
      {trail.session_list.map((s) => (
        <li key={s.id}>
          <Moment time={s.started} />{' '}
          <Link to="/sessions/$id" params={{ id: s.id }}>
            <Recorded text={agentName(s)} most={40} /> → <Recorded text={serverName(s)} most={60} />
          </Link>{' '}
          <span className="dim">
            {short(s.id)} · {several(s.operations, 'request')}
          </span>{' '}
          <SessionState session={s} />
          {proved.has(s.id) && (
            <>
              {' '}
              <IntegrityMark integrity={proved.get(s.id)!} />
            </>
          )}
        </li>
      ))}
    </ul>
  )
}
