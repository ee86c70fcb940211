import { useEffect, useRef } from 'react'
import type { Row } from '../timeline/rows'
import { offset } from '../ui/format'
import { FeedRow } from './FeedRow'

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
    if (list && at >= 0) list.scrollTop = list.scrollHeight
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
