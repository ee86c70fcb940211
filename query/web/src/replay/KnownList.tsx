import { Recorded } from '../ui/Recorded'
import type { Known } from './state'
import s from './KnownList.module.css'

/** Names that the client had been shown. */
export function KnownList({ list, known }: { list: string; known: Known }) {
  return (
    <details className={s.known}>
      <summary>
        {list.replace('/list', '').replace('resources/templates', 'templates')} <b>{known.names.length}</b>
        {known.partial && <span className="tag">more were offered</span>}
        {known.stale && <span className="tag warn">changed since</span>}
      </summary>
      <ul className={s.names}>
        {known.names.map((n) => (
          <li key={n}>
            <Recorded text={n} most={100} />
          </li>
        ))}
      </ul>
    </details>
  )
}
