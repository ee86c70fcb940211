import { useEffect, useRef } from 'react'
import type { Row } from '../timeline/rows'
import { offset } from '../ui/format'
import { FeedRow } from './FeedRow'
import pane from '../ui/Pane.module.css'
import s from './Feed.module.css'

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
    <section className={pane.pane} aria-label="What happened">
      <h2>So far</h2>
      <ol className={s.feed} ref={end} tabIndex={0} aria-label="Operations so far">
        {shown.map((row, i) => (
          <li key={`${row.type} ${row.seq}`} aria-current={i === shown.length - 1 || undefined}>
            <button type="button" onClick={() => seek(row.start)}>
              <span className={`num dim ${s.time}`}>{offset(row.start)}</span>
              <FeedRow row={row} t={t} />
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}
