/** The closed lists of the API's description, under the names that pages use. The generated file is the only list. */
import type { components } from './schema.gen'

export {
  definitionKindValues as definitionKinds,
  dimensionValues as dimensions,
  eventKindValues as eventKinds,
  outcomeValues as outcomes,
  transportValues as transports,
} from './schema.gen'

type Schemas = components['schemas']

export type EventKind = Schemas['EventKind']
export type OperationKind = Schemas['OperationKind']
export type DefinitionKind = Schemas['DefinitionKind']
export type Outcome = Schemas['Outcome']
export type CaseAction = Schemas['NewCaseEdit']['action']
export type TrailAction = Schemas['TrailEdit']['action']
