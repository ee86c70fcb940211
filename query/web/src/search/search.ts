import type { SearchFilter } from '../api/queries'
import { many, one } from '../api/search'
import { kinds, outcomes } from '../sessions/search'

export type Search = Partial<SearchFilter>

const known = <T extends string>(words: readonly T[], list: string[] | undefined): T[] | undefined => {
  const found = list?.filter((v): v is T => (words as readonly string[]).includes(v))
  return found?.length ? found : undefined
}

/** What is searched for, as it stands in the address. */
export function searchSearch(raw: Record<string, unknown>): Search {
  return {
    text: one(raw, 'text'),
    session: one(raw, 'session'),
    kind: known(kinds, many(raw, 'kind')),
    outcome: known(outcomes, many(raw, 'outcome')),
    method: many(raw, 'method'),
    target: many(raw, 'target'),
    from: one(raw, 'from'),
    to: one(raw, 'to'),
  }
}
