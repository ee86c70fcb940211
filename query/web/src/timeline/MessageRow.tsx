import { memo } from 'react'
import type { Event } from '../api/types'
import { bytes, offset } from '../ui/format'
import { Outcome } from '../ui/Outcome'
import { Recorded } from '../ui/Recorded'
import { Kind } from './Kind'
import g from '../ui/Grid.module.css'
import n from './Notice.module.css'

interface Props {
  seq: number
  /** Undefined while it is read, and where no event has the number. */
  event: Event | undefined
  reading: boolean
  top: number
  current: boolean
  choose: (seq: number) => void
}

/** One event of the record. */
export const MessageRow = memo(function MessageRow({ seq, event, reading, top, current, choose }: Props) {
  return (
    <div
      role="row"
      aria-rowindex={seq + 2}
      aria-current={current || undefined}
      className={`${g.row} ${event || reading ? '' : n.notice}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => choose(seq)}
    >
      <span role="cell" className="num dim">
        {seq}
      </span>
      {event ? (
        <>
          <span role="cell" className="num dim">
            {offset(event.mono_ms)}
          </span>
          <span role="cell">{event.direction === '' ? '·' : event.direction === 'server_to_client' ? '←' : '→'}</span>
          <span role="cell">
            <Kind kind={event.kind} />
          </span>
          <span role="cell">
            <span className="mono">
              <Recorded text={event.method} most={80} />
            </span>{' '}
            <Recorded text={event.target} most={160} />
            {event.flags.map((f) => (
              <span key={f} className="tag warn">
                {f.replaceAll('_', ' ')}
              </span>
            ))}
            {event.redactions && <span className="tag redacted">{event.redactions.length} cut out</span>}
          </span>
          <span role="cell" className="dim">
            <Recorded text={event.rpc_id} most={40} />
          </span>
          <span role="cell">{event.outcome && <Outcome outcome={event.outcome} code={event.error_code} />}</span>
          <span role="cell" className="num dim">
            {bytes(event.size)}
          </span>
        </>
      ) : (
        <span role="cell">
          {reading ? '…' : 'no event has this number'}
        </span>
      )}
    </div>
  )
})
