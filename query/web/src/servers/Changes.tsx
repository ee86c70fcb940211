import type { Change, Json } from '../api/types'
import { textOf } from '../json/lines'
import { Recorded } from '../ui/Recorded'
import s from './Changes.module.css'

/** What is different, place by place. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  return (
    <ul className={s.changes}>
      {changes.map((c, i) => (
        <li key={i}>
          <code>
            <Recorded text={c.path || '/'} most={200} />
          </code>{' '}
          <span className="dim">{c.kind}</span>
          {c.kind !== 'added' && (
            <div className={s.before}>
              − <Recorded text={textOf(c.before as Json)} most={1500} />
            </div>
          )}
          {c.kind !== 'removed' && (
            <div className={s.after}>
              + <Recorded text={textOf(c.after as Json)} most={1500} />
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}
