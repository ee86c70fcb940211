import type { Operation } from '../../api/types'
import { Recorded } from '../../ui/Recorded'
import s from './Context.module.css'

/** Another operation of the timeline, which a click chooses. */
export function OperationLink({ operation, go }: { operation: Operation; go: (seq: number) => void }) {
  return (
    <button type="button" className={`link ${s.line}`} onClick={() => go(operation.seq)}>
      {operation.seq} <Recorded text={operation.method} most={80} /> <Recorded text={operation.target} most={80} />
    </button>
  )
}
