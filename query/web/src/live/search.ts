import { many, one, someOf } from '../api/search'
import { eventKinds } from '../api/words'
import type { Search } from '../search/search'

/** What is watched, as it stands in the address. */
export function liveSearch(raw: Record<string, unknown>): Pick<Search, 'session' | 'kind' | 'method' | 'target'> {
  return { session: one(raw, 'session'), kind: someOf(raw, 'kind', eventKinds), method: many(raw, 'method'), target: many(raw, 'target') }
}
