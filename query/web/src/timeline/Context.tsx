import { Link } from '@tanstack/react-router'
import type { Event, Operation, Timeline } from '../api/types'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'

interface Props {
  timeline: Timeline
  operation: Operation | undefined
  events: readonly Event[]
  go: (seq: number) => void
}

/** What is known about an operation beside what was said. */
export function Context({ timeline, operation, events, go }: Props) {
  const first = events[0]
  const keys = events.flatMap((e) => e.keys ?? [])
  const redactions = events.flatMap((e) => (e.redactions ?? []).map((r) => ({ seq: e.seq, ...r })))
  const parent = operation?.parent ? timeline.operations.find((o) => o.id === operation.parent) : undefined
  const children = operation ? timeline.operations.filter((o) => o.parent === operation.id) : []
  return (
    <dl className="context">
      {first && (
        <>
          <dt>time</dt>
          <dd>
            <Moment time={first.time} />
          </dd>
          <dt>collector</dt>
          <dd>
            <Recorded text={first.collector_id} /> <span className="dim">record {first.collector_seq}</span>
          </dd>
          <dt>JSON-RPC id</dt>
          <dd>
            <Recorded text={first.rpc_id || 'none'} />
          </dd>
        </>
      )}
      {parent && (
        <>
          <dt>caused by</dt>
          <dd>
            <button type="button" className="link" onClick={() => go(parent.seq)}>
              {parent.seq} {parent.method} <Recorded text={parent.target} most={80} />
            </button>
          </dd>
        </>
      )}
      {children.length > 0 && (
        <>
          <dt>caused</dt>
          <dd>
            {children.map((c) => (
              <button key={c.id} type="button" className="link" onClick={() => go(c.seq)}>
                {c.seq} {c.method} <Recorded text={c.target} most={80} />
              </button>
            ))}
          </dd>
        </>
      )}
      {operation && (
        <>
          <dt>scopes</dt>
          <dd>
            {operation.scopes.granted.length === 0 ? <span className="dim">none seen</span> : operation.scopes.granted.join(' ')}
            {operation.scopes.required.length > 0 && <> · required {operation.scopes.required.join(' ')}</>}
            {operation.scopes.decision && <b className={operation.scopes.decision === 'denied' ? 'bad' : 'good'}> {operation.scopes.decision}</b>}
          </dd>
          <dt>definition</dt>
          <dd>{operation.definition ? <code>{operation.definition}</code> : <span className="dim">not known</span>}</dd>
        </>
      )}
      {keys.length > 0 && (
        <>
          <dt>keys</dt>
          <dd>
            {keys.map((k, i) => (
              <div key={i}>
                <span className="dim">{k.where}</span> {k.name} = <Recorded text={k.value} most={120} />
              </div>
            ))}
          </dd>
        </>
      )}
      {redactions.length > 0 && (
        <>
          <dt>cut out</dt>
          <dd>
            {redactions.map((r, i) => (
              <div key={i}>
                <span className="tag redacted">{r.rule}</span> seq {r.seq} <code>{r.pointer || '/'}</code> <span className="dim">{r.length} bytes, {r.token}</span>
              </div>
            ))}
          </dd>
        </>
      )}
      {operation?.target && (
        <>
          <dt>elsewhere</dt>
          <dd>
            <Link to="/sessions" search={{ target: [operation.target] }}>
              sessions with <Recorded text={operation.target} most={60} />
            </Link>
          </dd>
        </>
      )}
    </dl>
  )
}
