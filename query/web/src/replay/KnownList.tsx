import { Recorded } from '../ui/Recorded'
import type { Known } from './state'

/** Names that the client had been told. */
export function KnownList({ list, known }: { list: string; known: Known }) {
  return (
    <details>
      <summary>
        {list.replace('/list', '').replace('resources/templates', 'templates')} <b>{known.names.length}</b>
        {known.partial && <span className="tag">more were offered</span>}
        {known.stale && <span className="tag warn">changed since</span>}
      </summary>
      <ul className="names">
        {known.names.map((n) => (
          <li key={n}>
            <Recorded text={n} most={100} />
          </li>
        ))}
      </ul>
    </details>
  )
}
