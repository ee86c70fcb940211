import { many, one } from '../api/search'
import type { Search } from '../search/search'
import { kinds } from '../sessions/search'

/** What is watched, as it stands in the address. */
export function liveSearch(raw: Record<string, unknown>): Pick<Search, 'session' | 'kind' | 'method' | 'target'> {
  const kind = many(raw, 'kind')?.filter((k): k is (typeof kinds)[number] => (kinds as readonly string[]).includes(k))
  return { session: one(raw, 'session'), kind: kind?.length ? kind : undefined, method: many(raw, 'method'), target: many(raw, 'target') }
}
