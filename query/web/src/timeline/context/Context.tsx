import type { Event, Operation, Source } from '../../api/types'
import { Cuts } from './Cuts'
import { Elsewhere } from './Elsewhere'
import { Family } from './Family'
import { JoinKeys } from './JoinKeys'
import { OperationFacts } from './OperationFacts'
import { Provenance } from './Provenance'
import { relatedOf } from './related'
import s from './Context.module.css'

interface Props {
  source: Source
  operation: Operation | undefined
  events: readonly Event[]
  go: (seq: number) => void
}

/** What is known about an operation beside its messages. */
export function Context({ source, operation, events, go }: Props) {
  const { parent, children, keys, cuts } = relatedOf(source, operation, events)
  return (
    <dl className={s.context}>
      {events[0] && <Provenance event={events[0]} />}
      <Family parent={parent} caused={children} go={go} />
      {operation && <OperationFacts session={source.session} operation={operation} />}
      {keys.length > 0 && <JoinKeys keys={keys} />}
      {cuts.length > 0 && <Cuts cuts={cuts} />}
      {operation?.target && <Elsewhere target={operation.target} />}
    </dl>
  )
}
