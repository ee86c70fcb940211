import { Link } from '@tanstack/react-router'
import type { DefinitionHistory, Json } from '../api/types'
import { JsonView } from '../json/JsonView'
import { agentName } from '../sessions/names'
import { count, several, short } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { Changes } from './Changes'
import css from './Version.module.css'

interface Props {
  version: DefinitionHistory['versions'][number]
  number: number
  held: boolean
  open: boolean
}

/** One content of a name: what changed by it, who was shown it, and the whole. */
export function Version({ version: v, number, held, open }: Props) {
  return (
    <li className={css.version}>
      <p>
        <b>version {number}</b> <code className="dim">{v.hash.slice(7, 19)}</code> <span className="dim">first seen</span> <Moment time={v.first_seen} />{' '}
        <span className="dim">last</span> <Moment time={v.last_seen} />
        {held && <span className="tag">held here</span>}
      </p>
      {v.changes.length > 0 && <Changes changes={v.changes} />}
      <details open={open && v.changes.length === 0}>
        <summary>whole definition</summary>
        <JsonView value={v.body as Json} label={`version ${number}`} />
      </details>
      <details>
        <summary>shown to {count(v.seen_total)}</summary>
        <ul>
          {v.seen.map((s, i) => (
            <li key={i}>
              <Recorded text={agentName(s)} most={60} /> <Recorded text={s.client.version} most={40} /> <span className="dim">as</span>{' '}
              <Recorded text={s.holder || 'nobody known'} most={60} /> <span className="dim">in {several(s.sessions, 'session')}, last</span>{' '}
              <Link to="/sessions/$id" params={{ id: s.last_session }}>
                {short(s.last_session)}
              </Link>
            </li>
          ))}
        </ul>
      </details>
    </li>
  )
}
