import type { Session } from '../api/types'
import { count } from '../ui/format'

/** Whether all of a session is there. */
export function SessionState({ session }: { session: Session }) {
  if (session.gaps > 0) {
    return (
      <span className="state warn" title="Something was not recorded">
        <span aria-hidden="true">▨</span> {count(session.gaps)} {session.gaps === 1 ? 'gap' : 'gaps'}
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
