import { one, word } from '../api/search'
import { definitionKinds, type DefinitionKind } from '../api/words'

export interface ServersSearch {
  server?: string
  kind?: DefinitionKind
  name?: string
  text?: string
  changed?: '1'
}

/** What of the catalogue is shown, as it stands in the address. */
export const serversSearch = (raw: Record<string, unknown>): ServersSearch => ({
  server: one(raw, 'server'),
  kind: word(raw, 'kind', definitionKinds),
  name: one(raw, 'name'),
  text: one(raw, 'text'),
  changed: word(raw, 'changed', ['1']),
})
