import type { SearchFilter } from '../api/queries'
import { many, one, someOf } from '../api/search'
import { eventKinds, outcomes } from '../api/words'

export type Search = Partial<SearchFilter>

/** What is searched for, as it stands in the address. */
export function searchSearch(raw: Record<string, unknown>): Search {
  return {
    text: one(raw, 'text'),
    session: one(raw, 'session'),
    kind: someOf(raw, 'kind', eventKinds),
    outcome: someOf(raw, 'outcome', outcomes),
    method: many(raw, 'method'),
    target: many(raw, 'target'),
    from: one(raw, 'from'),
    to: one(raw, 'to'),
  }
}
