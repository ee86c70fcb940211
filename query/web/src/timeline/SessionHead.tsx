import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Timeline } from '../api/types'
import { PinDialog } from '../cases/PinDialog'
import { agentName, principalName, serverName } from '../sessions/names'
import { SessionState } from '../sessions/SessionState'
import { Copy } from '../ui/Copy'
import { count, took } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { State } from '../ui/State'
import { Findings } from './Findings'
import { IntegrityMark } from './IntegrityMark'
import h from '../ui/HeadLine.module.css'
import css from './SessionHead.module.css'

/** Who talked to whom, when, and whether all of it is there. */
export function SessionHead({ timeline, place = 'timeline' }: { timeline: Timeline; place?: 'timeline' | 'replay' }) {
  const s = timeline.session
  const [pinning, setPinning] = useState(false)
  return (
    <header className={h.line}>
      <h1>
        <Recorded text={agentName(s)} most={60} /> <span className="dim"><Recorded text={s.client.version} most={40} /></span>
        <span className={h.arrow}> → </span>
        <Recorded text={serverName(s)} most={60} /> <span className="dim"><Recorded text={s.server.version} most={40} /></span>
      </h1>
      <dl className={h.facts}>
        <div>
          <dt>principal</dt>
          <dd>
            <Recorded text={principalName(s.principal)} most={80} />
            {s.principal.subject && !s.principal.verified && <span className="dim"> unverified</span>}
          </dd>
        </div>
        <div>
          <dt>protocol</dt>
          <dd>
            <Recorded text={s.protocol_version || 'unknown'} most={40} /> · {s.transport}
          </dd>
        </div>
        <div>
          <dt>began</dt>
          <dd>
            <Moment time={s.started} />
          </dd>
        </div>
        <div>
          <dt>length</dt>
          <dd>{took(Date.parse(s.ended) - Date.parse(s.started))}</dd>
        </div>
        <div>
          <dt>events</dt>
          <dd>
            {timeline.beginning ? `first ${count(s.events)}, reading on …` : count(s.events)}
          </dd>
        </div>
        <div>
          <dt>operations</dt>
          <dd>
            {count(timeline.operations.length)}
            {s.errors > 0 && <span className="bad"> · {count(s.errors)} failed</span>}
          </dd>
        </div>
      </dl>
      <div className={h.marks}>
        {!timeline.beginning && <SessionState session={s} />}
        {!timeline.beginning && <IntegrityMark integrity={timeline.integrity} />}
        {timeline.left_out.length > 0 && (
          <State tone="warn" title={timeline.left_out.map((l) => `${l.messages} by ${l.rule}`).join(', ')}>
            <span aria-hidden="true">▢</span> {count(timeline.left_out.reduce((n, l) => n + l.messages, 0))} left out by policy
          </State>
        )}
        <span className={`mono dim ${css.id}`}>{s.id}</span>
        <Copy text={s.id} label="Copy id" />
        <Copy text={() => location.href} label="Copy link" />
        <button type="button" className="button small" onClick={() => setPinning(true)}>
          Pin
        </button>
        {place === 'timeline' ? (
          <>
            <Link className="button small" to="/trails/$id" params={{ id: s.id }}>
              Its trail
            </Link>
            <Link className="button small" to="/compare" search={{ a: s.id }}>
              Compare
            </Link>
            <Link className="button small" to="/live" search={{ session: s.id }}>
              Watch
            </Link>
            <Link className="button small" to="/search" search={{ session: s.id }}>
              Search in it
            </Link>
            <Link className="button small primary" to="/sessions/$id/replay" params={{ id: s.id }}>
              Replay
            </Link>
          </>
        ) : (
          <Link className="button small" to="/sessions/$id" params={{ id: s.id }}>
            Timeline
          </Link>
        )}
        {pinning && <PinDialog session={s.id} close={() => setPinning(false)} />}
      </div>
      {!timeline.beginning && <Findings of={timeline.integrity.findings} />}
    </header>
  )
}
