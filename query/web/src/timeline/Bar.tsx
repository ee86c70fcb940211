import { toneOf } from '../ui/tone'
import type { Row } from './rows'
import s from './Bar.module.css'
import k from './kinds.module.css'

/** When a row happened and how long it took. What nobody answered runs on, hatched. */
export function Bar({ row, from, to }: { row: Row; from: number; to: number }) {
  const span = Math.max(to - from, 0.001)
  const percent = (t: number) => Math.min(Math.max(((t - from) / span) * 100, 0), 100)
  const left = percent(row.start)
  if (row.type !== 'operation') return <span className={s.track}><span className={s.tick} style={{ left: `${left}%` }} /></span>
  const open = row.operation.duration_ms === null
  return (
    <span className={s.track}>
      <span
        className={`${s.bar} ${k[row.operation.kind] ?? ''} ${open ? s.open : ''}`}
        data-tone={toneOf(row.operation.outcome)}
        style={{ left: `${left}%`, width: `max(2px, ${percent(row.end) - left}%)` }}
      />
    </span>
  )
}
