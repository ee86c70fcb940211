import { Link } from '@tanstack/react-router'
import type { ComparedPair } from '../api/types'
import { Kind } from '../timeline/Kind'
import { took } from '../ui/format'
import { Outcome } from '../ui/Outcome'
import { Recorded } from '../ui/Recorded'
import s from './Compared.module.css'

/** One operation of a pair, or its place. */
export function Compared({ operation: o }: { operation: ComparedPair['a'] | undefined }) {
  if (!o) return <span className={`dim ${s.absent}`}>–</span>
  return (
    <span className={s.compared}>
      <span className={`num dim ${s.seq}`}>{o.seq}</span> <Kind kind={o.kind} word={false} />
      <Link to="/sessions/$id" params={{ id: o.session_id }} search={{ at: o.seq }}>
        <span className="mono">
          <Recorded text={o.method} most={60} />
        </span>{' '}
        <b>
          <Recorded text={o.target} most={120} />
        </b>
      </Link>
      <Outcome outcome={o.outcome} />
      <span className="num dim">{took(o.duration_ms)}</span>
    </span>
  )
}
