import type { Event, Operation, Redaction, Source } from '../../api/types'

/** A key that joins sessions, and the place in the message where it stood. */
export type Key = NonNullable<Event['keys']>[number]

/** Something that was cut out of an event before it was recorded. */
export type Cut = Redaction & { seq: number }

/** What one operation has to do with others, and what its events carry. */
export interface Related {
  /** The operation that caused it, undefined for one that nothing caused. */
  parent: Operation | undefined
  children: readonly Operation[]
  keys: readonly Key[]
  cuts: readonly Cut[]
}

export function relatedOf(source: Source, operation: Operation | undefined, events: readonly Event[]): Related {
  return {
    parent: operation?.parent ? source.operations.find((o) => o.id === operation.parent) : undefined,
    children: operation ? source.operations.filter((o) => o.parent === operation.id) : [],
    keys: events.flatMap((e) => e.keys ?? []),
    cuts: events.flatMap((e) => (e.redactions ?? []).map((r) => ({ seq: e.seq, ...r }))),
  }
}

/** The number in an operation's id, which is `session:seq`. */
export const seqIn = (id: string): string => id.slice(id.indexOf(':') + 1)
