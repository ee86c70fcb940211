import type { Fact, Operation, Source } from '../api/types'
import { messageSeqs, seqsOf } from './rows'

/** What stands behind one row: an operation, a fact, or a single event that is part of neither. */
export interface Subject {
  operation: Operation | undefined
  fact: Fact | undefined
  /** Numbers of its events. */
  seqs: readonly number[]
  /** Numbers of its requests and answers, without notifications and facts; null where there is nothing to leave out. */
  exchanged: ReadonlySet<number> | null
}

/** The subject that an event belongs to; an operation that begins with the event comes first. */
export function subjectOf({ operations, facts }: Source, seq: number): Subject {
  const operation = operations.find((o) => o.seq === seq) ?? operations.find((o) => seqsOf(o).includes(seq))
  const fact = operation ? undefined : facts.find((f) => f.seqs.includes(seq))
  return {
    operation,
    fact,
    seqs: operation ? messageSeqs(operation) : (fact?.seqs ?? [seq]),
    exchanged: operation && !operation.embedded ? new Set([...operation.request_seqs, ...operation.answer_seqs]) : null,
  }
}
