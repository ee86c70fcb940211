import { Link } from '@tanstack/react-router'
import type { Hit } from '../api/types'
import { Kind } from '../timeline/Kind'
import { Moment } from '../ui/Moment'
import { Outcome } from '../ui/Outcome'
import { Recorded } from '../ui/Recorded'
import { short } from '../ui/format'
import { highlighted } from './highlight'
import s from './HitRow.module.css'

/** One place where the words occur, with what stands around them. */
export function HitRow({ hit }: { hit: Hit }) {
  return (
    <>
      <div className={s.head}>
        <Moment time={hit.time} />
        <Kind kind={hit.kind} />
        <Link to="/sessions/$id" params={{ id: hit.session_id }} search={{ at: hit.seq }}>
          <span className="mono"><Recorded text={hit.method} most={80} /></span> <Recorded text={hit.target} most={100} />
        </Link>
        {hit.outcome && <Outcome outcome={hit.outcome} />}
        <span className="push dim mono">
          {short(hit.session_id)} · {hit.seq}
        </span>
      </div>
      <div className={s.snippet}>
        …
        {highlighted(hit).map((p, i) => {
          const text = <Recorded key={i} text={p.text} />
          return p.marked ? <mark key={i}>{text}</mark> : text
        })}
        …
      </div>
    </>
  )
}
