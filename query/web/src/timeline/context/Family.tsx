import type { Operation } from '../../api/types'
import { Entry } from './Entry'
import { OperationLink } from './OperationLink'

interface Props {
  parent: Operation | undefined
  caused: readonly Operation[]
  go: (seq: number) => void
}

/** The operation that caused this one, and those that it caused. */
export function Family({ parent, caused, go }: Props) {
  return (
    <>
      {parent && (
        <Entry name="caused by">
          <OperationLink operation={parent} go={go} />
        </Entry>
      )}
      {caused.length > 0 && (
        <Entry name="caused">
          {caused.map((c) => (
            <OperationLink key={c.id} operation={c} go={go} />
          ))}
        </Entry>
      )}
    </>
  )
}
