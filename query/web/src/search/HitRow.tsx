import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import type { Hit } from '../api/types'
import { Kind } from '../timeline/Kind'
import { Moment } from '../ui/Moment'
import { Outcome } from '../ui/Outcome'
import { Recorded } from '../ui/Recorded'
import { short } from '../ui/format'

/** One place where the words occur, with what stands around them. */
export function HitRow({ hit }: { hit: Hit }) {
  const points = Array.from(hit.snippet)
  const parts: { text: string; marked: boolean }[] = []
  let at = 0
  for (const highlight of hit.highlights) {
    const [start, end] = highlight as unknown as [number, number]
    parts.push({ text: points.slice(at, start).join(''), marked: false }, { text: points.slice(start, end).join(''), marked: true })
    at = end
  }
  parts.push({ text: points.slice(at).join(''), marked: false })
  return (
    <>
      <div className="hit-head">
        <Moment time={hit.time} />
        <Kind kind={hit.kind} />
        <Link to="/sessions/$id" params={{ id: hit.session_id }} search={{ at: hit.seq }}>
          <span className="method"><Recorded text={hit.method} most={80} /></span> <Recorded text={hit.target} most={100} />
        </Link>
        {hit.outcome && <Outcome outcome={hit.outcome} />}
        <span className="push dim mono">
          {short(hit.session_id)} · {hit.seq}
        </span>
      </div>
      <div className="snippet">
        …
        {parts.map((p, i) => (
          <Fragment key={i}>{p.marked ? <mark>{<Recorded text={p.text} />}</mark> : <Recorded text={p.text} />}</Fragment>
        ))}
        …
      </div>
    </>
  )
}
