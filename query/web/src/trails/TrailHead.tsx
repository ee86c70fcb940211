import type { Integrity, Trail } from '../api/types'
import { agentNames, principalName, serverNames } from '../sessions/names'
import { Copy } from '../ui/Copy'
import { count, several, took } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { Confidence } from './Confidence'
import { Proved } from './Proved'
import h from '../ui/HeadLine.module.css'

/** Who did it, over which servers, and how sure it is that it is one workflow. */
export function TrailHead({ trail: t, proved, why, setWhy }: { trail: Trail; proved: ReadonlyMap<string, Integrity>; why: boolean; setWhy: (why: boolean) => void }) {
  return (
    <header className={h.line}>
      <h1>
        <Recorded text={t.name || agentNames(t.clients)} most={80} />
        <span className={h.arrow}> → </span>
        <Recorded text={serverNames(t.servers)} most={120} />
      </h1>
      <dl className={h.facts}>
        <div>
          <dt>principal</dt>
          <dd>
            <Recorded text={t.principals.map(principalName).join(', ') || 'none known'} most={100} />
          </dd>
        </div>
        <div>
          <dt>began</dt>
          <dd>
            <Moment time={t.started} />
          </dd>
        </div>
        <div>
          <dt>length</dt>
          <dd>{took(Date.parse(t.ended) - Date.parse(t.started))}</dd>
        </div>
        <div>
          <dt>sessions</dt>
          <dd>{count(t.sessions)}</dd>
        </div>
        <div>
          <dt>operations</dt>
          <dd>
            {count(t.operations)}
            {t.errors > 0 && <span className="bad"> · {count(t.errors)} failed</span>}
          </dd>
        </div>
      </dl>
      <div className={h.marks}>
        <Confidence confidence={t.confidence} />
        <Proved of={t.sessions} states={[...proved.values()].map((i) => i.state)} />
        {t.conflict_list.length > 0 && <span className="tag warn">{several(t.conflict_list.length, 'conflict')}</span>}
        {t.truncated && <span className="tag warn">more sessions belong to it than are read</span>}
        <button type="button" className="button small" aria-expanded={why} onClick={() => setWhy(!why)}>
          Why one trail: {several(t.joins.length, 'join')}
        </button>
        <Copy text={() => location.href} label="Copy link" />
      </div>
    </header>
  )
}
