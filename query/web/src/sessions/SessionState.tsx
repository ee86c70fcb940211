import type { Session } from '../api/types'
import { several } from '../ui/format'

/** Whether all of a session is there. */
export function SessionState({ session }: { session: Session }) {
  if (session.gaps > 0) {
    return (
      <span className="state warn" title="Something was not recorded">
        <span aria-hidden="true">▨</span> {several(session.gaps, 'gap')}
      </span>
    )
  }
  if (session.complete) {
    return (
      <span className="state good">
        <span aria-hidden="true">■</span> complete
      </span>
    )
  }
  return (
    <span className="state" title="No end was recorded yet">
      <span aria-hidden="true">□</span> open
    </span>
  )
}
