import type { Solid } from './client'
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Session = Solid<Schemas['Session']>
export type SessionSummary = Solid<Schemas['SessionSummary']>
export type Operation = Solid<Schemas['Operation']>
export type Fact = Solid<Schemas['Fact']>
export type Gap = Solid<Schemas['Gap']>
export type Unpaired = Solid<Schemas['Unpaired']>
export type Integrity = Solid<Schemas['Integrity']>
export type TimelinePart = Solid<Schemas['TimelinePart']>
export type Facets = Solid<Schemas['Facets']>
export type Hit = Solid<Schemas['Hit']>
export type Held = NonNullable<Operation['held']>
export type TrailSummary = Solid<Schemas['TrailSummary']>
export type Trail = Solid<Schemas['Trail']>
export type TrailTimeline = Solid<Schemas['TrailTimeline']>
export type TrailOperation = Solid<Schemas['TrailOperation']>
export type Server = Solid<Schemas['Server']>
export type Definition = Solid<Schemas['Definition']>
export type DefinitionSummary = Solid<Schemas['DefinitionSummary']>
export type DefinitionHistory = Solid<Schemas['DefinitionHistory']>
export type Change = Solid<Schemas['Change']>
export type Comparison = Solid<Schemas['Comparison']>
export type ComparedPair = Comparison['pairs'][number]
export type Redaction = Solid<Schemas['Redaction']>

/** One stored event. Its payload is any JSON value, with long numbers kept as written. */
export type Event = Omit<Solid<Schemas['Event']>, 'payload'> & { payload: Json }

/** A number that a double cannot hold, as it was written. */
export class LongNumber {
  constructor(readonly text: string) {}
}

export type Json = null | boolean | number | string | LongNumber | readonly Json[] | { readonly [name: string]: Json }

/** A whole timeline, or the beginning of a long one. */
export interface Timeline {
  beginning: boolean
  session: Session
  integrity: Integrity
  operations: readonly Operation[]
  facts: readonly Fact[]
  gaps: readonly Gap[]
  unpaired: readonly Unpaired[]
  left_out: TimelinePart['left_out']
}

/** Operations and facts of one session, which a detail is looked up in. */
export type Source = { session: string } & Pick<Timeline, 'operations' | 'facts'>
