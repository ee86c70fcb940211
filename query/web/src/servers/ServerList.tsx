import type { Server } from '../api/types'
import { several } from '../ui/format'
import { Recorded } from '../ui/Recorded'
import c from '../ui/Choices.module.css'
import pane from '../ui/Pane.module.css'

interface Props {
  servers: readonly Server[]
  chosen: string | undefined
  choose: (server: string | undefined) => void
}

/** Upstreams by their configured names. */
export function ServerList({ servers, chosen, choose }: Props) {
  return (
    <section className={pane.pane} aria-label="Servers">
      <h2>{several(servers.length, 'server')}</h2>
      <ul className={c.choices} tabIndex={0} aria-label="List of servers">
        {servers.map((s) => (
          <li key={s.upstream}>
            <button type="button" aria-pressed={s.upstream === chosen} onClick={() => choose(s.upstream === chosen ? undefined : s.upstream)}>
              <b>
                <Recorded text={s.upstream} most={60} />
              </b>
              <span className={`dim ${c.note}`}>
                <Recorded text={s.names.join(', ') || 'unnamed'} most={80} /> · {several(s.sessions, 'session')}
              </span>
              <span className={`dim ${c.note}`}>
                {several(s.tools, 'tool')} · {several(s.prompts, 'prompt')} · {several(s.resources + s.templates, 'resource')}
                {s.versions > s.tools + s.prompts + s.resources + s.templates && <span className="tag warn">changed</span>}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
