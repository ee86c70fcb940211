import { useEffect, useRef } from 'react'
import { Kind } from '../timeline/Kind'
import { NoticeRow } from '../timeline/NoticeRow'
import type { Row } from '../timeline/rows'
import { offset, took } from '../ui/format'
import { Outcome } from '../ui/Outcome'
import { Recorded } from '../ui/Recorded'

interface Props {
  rows: readonly Row[]
  at: number
  t: number
  seek: (t: number) => void
}

/** Rows that are kept in sight. */
const most = 80

/** What happened up to now, the newest at the end. */
export function Feed({ rows, at, t, seek }: Props) {
  const end = useRef<HTMLOListElement>(null)
  useEffect(() => {
    const list = end.current
    if (list) list.scrollTop = list.scrollHeight
  }, [at])
  const shown = rows.slice(Math.max(at + 1 - most, 0), at + 1)
  return (
    <section className="pane feed" aria-label="What happened">
      <h2>So far</h2>
      <ol ref={end} tabIndex={0} aria-label="Operations so far">
        {shown.map((row, i) => (
          <li key={`${row.type} ${row.seq}`} className={i === shown.length - 1 ? 'current' : ''}>
            <button type="button" onClick={() => seek(row.start)}>
              <span className="num dim">{offset(row.start)}</span>
              <FeedRow row={row} t={t} />
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}

function FeedRow({ row, t }: { row: Row; t: number }) {
  if (row.type !== 'operation' && row.type !== 'fact') return <NoticeRow row={row} bare />
  const o = row.type === 'operation' ? row.operation : row.fact
  const over = row.type === 'operation' && row.operation.duration_ms !== null && row.end <= t
  return (
    <>
      <Kind kind={o.kind} word={false} />
      <span className="dim">{o.direction === '' ? '·' : o.direction === 'server_to_client' ? '←' : '→'}</span>
      <span className="what">
        <span className="method">
          <Recorded text={o.method || o.kind} most={60} />
        </span>{' '}
        <b>
          <Recorded text={o.target} most={80} />
        </b>
      </span>
      {row.type === 'operation' &&
        (over ? <Outcome outcome={row.operation.outcome} code={row.operation.error_code} /> : <span className="warn num">{took(t - row.start)} …</span>)}
    </>
  )
}
