import type { Integrity } from '../api/types'
import { count } from '../ui/format'

/** What the hash chain of a session and the seals over it say. */
export function IntegrityMark({ integrity: i }: { integrity: Integrity }) {
  if (i.state === 'broken') {
    return (
      <span className="state bad">
        <span aria-hidden="true">✕</span> broken at {i.first_bad_seq ?? 'an unknown place'}
      </span>
    )
  }
  return (
    <span className={`state ${i.state === 'received' ? '' : 'good'}`} title={`${count(i.verified)} of ${count(i.events)} events name the one before them rightly`}>
      <span aria-hidden="true">#</span> {i.state}, {count(i.sealed)}/{count(i.events)} as sealed
    </span>
  )
}
