import { JsonView } from '../json/JsonView'
import type { Event } from '../api/types'
import { bytes, offset } from '../ui/format'
import { focus } from './focus'
import s from './Message.module.css'

/** One message: what it says, and what was cut out of it. */
export function Message({ event, whole }: { event: Event; whole: boolean }) {
  const part = whole ? { value: event.payload, label: 'message', pointer: '' } : focus(event)
  const redactions = event.redactions ?? []
  const cuts = new Map(redactions.flatMap((r) => (r.pointer.startsWith(part.pointer) ? [[r.pointer.slice(part.pointer.length), r.rule] as const] : [])))
  const back = event.direction === 'server_to_client'
  return (
    <section className={s.message}>
      <header>
        <span className="num">{event.seq}</span>
        <b>{event.kind}</b>
        <span className="dim">{event.direction === '' ? 'stated by the collector' : back ? 'server → client' : 'client → server'}</span>
        <span className="num dim">{offset(event.mono_ms)}</span>
        <span className="num dim">{bytes(event.size)}</span>
        {event.http_status > 0 && <span className="tag">HTTP {event.http_status}</span>}
        {event.flags.map((f) => (
          <span key={f} className="tag warn">
            {f.replaceAll('_', ' ')}
          </span>
        ))}
        {redactions.length > 0 && <span className="tag redacted">{redactions.length} cut out</span>}
      </header>
      {event.payload === null ? (
        <p className="dim">{event.flags.includes('withheld') ? 'The body was withheld; its size and a commitment to it are kept.' : 'Nothing was kept of its body.'}</p>
      ) : (
        <JsonView value={part.value} label={part.label} cuts={cuts} />
      )}
    </section>
  )
}
