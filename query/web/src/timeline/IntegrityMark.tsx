import type { Integrity } from '../api/types'
import { count } from '../ui/format'
import { State } from '../ui/State'

/** What the hash chain of a session and the seals over it say. */
export function IntegrityMark({ integrity: i }: { integrity: Integrity }) {
  if (i.state === 'broken') {
    return (
      <State tone="bad">
        <span aria-hidden="true">✕</span> broken at {i.first_bad_seq ?? 'an unknown place'}
      </State>
    )
  }
  return (
    <State tone={i.state === 'received' ? 'quiet' : 'good'} title={`${count(i.verified)} of ${count(i.events)} events name the one before them rightly`}>
      <span aria-hidden="true">#</span> {i.state}, {count(i.sealed)}/{count(i.events)} as sealed
    </State>
  )
}
