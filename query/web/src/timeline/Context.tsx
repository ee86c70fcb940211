import { Link } from '@tanstack/react-router'
import type { Event, Operation, Source } from '../api/types'
import { Moment } from '../ui/Moment'
import { Flows } from './Flows'
import { HeldDefinition } from '../servers/HeldDefinition'
import { Recorded } from '../ui/Recorded'

interface Props {
  source: Source
  operation: Operation | undefined
  events: readonly Event[]
  go: (seq: number) => void
}

/** What is known about an operation beside what was said. */
export function Context({ source, operation, events, go }: Props) {
  const first = events[0]
  const keys = events.flatMap((e) => e.keys ?? [])
  const redactions = events.flatMap((e) => (e.redactions ?? []).map((r) => ({ seq: e.seq, ...r })))
  const parent = operation?.parent ? source.operations.find((o) => o.id === operation.parent) : undefined
  const children = operation ? source.operations.filter((o) => o.parent === operation.id) : []
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
              {parent.seq} <Recorded text={parent.method} most={80} /> <Recorded text={parent.target} most={80} />
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
                {c.seq} <Recorded text={c.method} most={80} /> <Recorded text={c.target} most={80} />
              </button>
            ))}
          </dd>
        </>
      )}
      {operation && (
        <>
          <dt>data flow</dt>
          <dd>
            <Flows session={source.session} operation={operation.id} />
          </dd>
          <dt>scopes</dt>
          <dd>
            {operation.scopes.granted.length === 0 ? <span className="dim">none seen</span> : <Recorded text={operation.scopes.granted.join(' ')} most={300} />}
            {operation.scopes.required.length > 0 && <> · required <Recorded text={operation.scopes.required.join(' ')} most={300} /></>}
            {operation.scopes.decision && <b className={operation.scopes.decision === 'denied' ? 'bad' : 'good'}> {operation.scopes.decision}</b>}
          </dd>
          {operation.held && (
            <>
              <dt>definition</dt>
              <dd>
                <HeldDefinition operation={operation} held={operation.held} />
              </dd>
            </>
          )}
          {operation.task && (
            <>
              <dt>task</dt>
              <dd>
                <Recorded text={operation.task.id} most={80} /> <Recorded text={operation.task.status} most={40} /> <span className="dim">polled {operation.task.polls} times</span>
              </dd>
            </>
          )}
          {operation.retry_of && (
            <>
              <dt>retry of</dt>
              <dd className="warn">
                {operation.retry_of.slice(operation.retry_of.indexOf(':') + 1)}: it may have been done twice
              </dd>
            </>
          )}
          {operation.approvals.length > 0 && (
            <>
              <dt>approved</dt>
              <dd>
                {operation.approvals.map((a, i) => (
                  <div key={i}>
                    <b className={a.action === 'accept' ? 'good' : 'bad'}><Recorded text={a.action} most={40} /></b> by {a.by} <span className="dim">at seq {a.seq}{a.arguments && `, for arguments ${a.arguments.slice(0, 19)}…`}</span>
                  </div>
                ))}
              </dd>
            </>
          )}
        </>
      )}
      {keys.length > 0 && (
        <>
          <dt>keys</dt>
          <dd>
            {keys.map((k, i) => (
              <div key={i}>
                <span className="dim"><Recorded text={k.where} most={80} /></span> <Recorded text={k.name} most={80} /> = <Recorded text={k.value} most={120} />
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
                <span className="tag redacted">{r.rule}</span> seq {r.seq} <code><Recorded text={r.pointer || '/'} most={120} /></code> <span className="dim">{r.length} bytes, {r.token}</span>
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
