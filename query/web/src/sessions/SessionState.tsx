import type { Session } from '../api/types'
import { several } from '../ui/format'
import { State } from '../ui/State'

/** Whether all of a session is there. */
export function SessionState({ session }: { session: Session }) {
  if (session.gaps > 0) {
    return (
      <State tone="warn" title="Something was not recorded">
        <span aria-hidden="true">▨</span> {several(session.gaps, 'gap')}
      </State>
    )
  }
  if (session.complete) {
    return (
      <State tone="good">
        <span aria-hidden="true">■</span> complete
      </State>
    )
  }
  return (
    <State title="No end was recorded yet">
      <span aria-hidden="true">□</span> open
    </State>
  )
}
