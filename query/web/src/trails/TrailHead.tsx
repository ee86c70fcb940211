import type { Integrity, Trail } from '../api/types'
import { principalName } from '../sessions/principal'
import { Copy } from '../ui/Copy'
import { count, several, took } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { Confidence } from './Confidence'

/** What is proved of the sessions together: the weakest of them counts. */
function Proved({ of, states }: { of: number; states: readonly string[] }) {
  const broken = states.filter((s) => s === 'broken').length
  const verified = states.filter((s) => s === 'verified').length
  if (broken > 0) {
    return (
      <span className="state bad">
        <span aria-hidden="true">✕</span> {count(broken)} of {count(of)} sessions broken
      </span>
    )
  }
  return (
    <span className={`state ${verified === of ? 'good' : ''}`}>
      <span aria-hidden="true">#</span> {count(verified)} of {count(of)} sessions verified
    </span>
  )
}

/** Who did it, over which servers, and how sure it is that it is one workflow. */
export function TrailHead({ trail: t, proved, why, setWhy }: { trail: Trail; proved: ReadonlyMap<string, Integrity>; why: boolean; setWhy: (why: boolean) => void }) {
  return (
    <header className="head-line">
      <h1>
        <Recorded text={t.name || t.clients.map((c) => c.name).join(', ') || 'unnamed agent'} most={80} />
        <span className="arrow"> → </span>
        <Recorded text={t.servers.join(', ') || 'unnamed server'} most={120} />
      </h1>
      <dl className="facts">
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
      <div className="marks">
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
