import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { eventOf, sessionOf } from '../api/queries'
import { agentName, serverName } from '../sessions/names'
import { millis } from '../timeline/rows'
import { offset, short } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import css from './Pinned.module.css'

interface Props {
  session: string
  seq: number | undefined
  at: string | undefined
}

/** What a pin holds, and the way to it. */
export function Pinned({ session, seq, at }: Props) {
  const found = useQuery(sessionOf(session))
  const event = useQuery({ ...eventOf(session, seq ?? 0), enabled: seq !== undefined })
  const s = found.data
  const e = event.data?.[0]
  const error = found.error ?? event.error
  const who = s ? (
    <>
      <Recorded text={agentName(s)} most={40} /> → <Recorded text={serverName(s)} most={40} />
    </>
  ) : (
    short(session)
  )
  if (at) {
    const t = s ? millis(at) - millis(s.started) : 0
    return (
      <div className={css.pinned}>
        <Link data-pin="" to="/sessions/$id/replay" params={{ id: session }} search={{ t }}>
          {who} at {offset(t)}
        </Link>{' '}
        <span className="dim">
          <Moment time={at} />
        </span>
        {error && <span className="bad"> {error.message}</span>}
      </div>
    )
  }
  return (
    <div className={css.pinned}>
      <Link data-pin="" to="/sessions/$id" params={{ id: session }} search={seq === undefined ? {} : { at: seq }}>
        {e && (
          <>
            <span className="mono">
              <Recorded text={e.method || e.kind} most={60} />
            </span>{' '}
            <b>
              <Recorded text={e.target} most={100} />
            </b>{' '}
          </>
        )}
        {seq === undefined ? who : <span className="dim">{who}</span>}
      </Link>{' '}
      <span className="dim mono">
        {short(session)}
        {seq !== undefined && ` · ${seq}`}
      </span>
      {e && (
        <span className="dim">
          {' '}
          <Moment time={e.time} />
        </span>
      )}
      {error && <span className="bad"> {error.message}</span>}
    </div>
  )
}
