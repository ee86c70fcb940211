import type { Operation } from '../../api/types'
import { Recorded } from '../../ui/Recorded'

/** Who agreed to an operation or refused it, and the hash of the arguments that were agreed to. */
export function Approvals({ approvals }: { approvals: Operation['approvals'] }) {
  return approvals.map((a, i) => (
    <div key={i}>
      <b className={a.action === 'accept' ? 'good' : 'bad'}>
        <Recorded text={a.action} most={40} />
      </b>{' '}
      by {a.by}{' '}
      <span className="dim">
        at seq {a.seq}
        {a.arguments && `, for arguments ${a.arguments.slice(0, 19)}…`}
      </span>
    </div>
  ))
}
