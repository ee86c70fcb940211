import type { Operation } from '../../api/types'
import { HeldDefinition } from '../../servers/HeldDefinition'
import { Recorded } from '../../ui/Recorded'
import { Approvals } from './Approvals'
import { Entry } from './Entry'
import { Flows } from './Flows'
import { seqIn } from './related'
import { Scopes } from './Scopes'

/** What the rebuilding found out about an operation. */
export function OperationFacts({ session, operation }: { session: string; operation: Operation }) {
  const { held, task, retry_of: retried, approvals } = operation
  return (
    <>
      <Entry name="data flow">
        <Flows session={session} operation={operation.id} />
      </Entry>
      <Entry name="scopes">
        <Scopes scopes={operation.scopes} />
      </Entry>
      {held && (
        <Entry name="definition">
          <HeldDefinition operation={operation} held={held} />
        </Entry>
      )}
      {task && (
        <Entry name="task">
          <Recorded text={task.id} most={80} /> <Recorded text={task.status} most={40} /> <span className="dim">polled {task.polls} times</span>
        </Entry>
      )}
      {retried && (
        <Entry name="retry of">
          <span className="warn">{seqIn(retried)}: it may have been done twice</span>
        </Entry>
      )}
      {approvals.length > 0 && (
        <Entry name="approved">
          <Approvals approvals={approvals} />
        </Entry>
      )}
    </>
  )
}
