import { many, one, someOf } from '../api/search'
import type { Search } from '../search/search'
import { kinds } from '../sessions/search'

/** What is watched, as it stands in the address. */
export function liveSearch(raw: Record<string, unknown>): Pick<Search, 'session' | 'kind' | 'method' | 'target'> {
  return { session: one(raw, 'session'), kind: someOf(raw, 'kind', kinds), method: many(raw, 'method'), target: many(raw, 'target') }
}
