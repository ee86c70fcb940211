import { many, one, someOf, word } from '../api/search'
import type { SessionFilter } from '../api/queries'
import { dimensions, eventKinds, outcomes, transports } from '../api/words'

/** What an exclusion looks like: dimension:value, of a dimension that the service knows. */
const excludable = new RegExp(`^(${dimensions.join('|')}):`)

/** The filter of sessions as it stands in the address. */
export function sessionsSearch(raw: Record<string, unknown>): SessionFilter {
  return {
    id: one(raw, 'id'),
    text: one(raw, 'text'),
    client: many(raw, 'client'),
    server: many(raw, 'server'),
    principal: many(raw, 'principal'),
    upstream: many(raw, 'upstream'),
    transport: someOf(raw, 'transport', transports),
    collector: many(raw, 'collector'),
    scope: many(raw, 'scope'),
    complete: word(raw, 'complete', ['true', 'false']),
    kind: someOf(raw, 'kind', eventKinds),
    method: many(raw, 'method'),
    target: many(raw, 'target'),
    outcome: someOf(raw, 'outcome', outcomes),
    not: many(raw, 'not')?.filter((v) => excludable.test(v)),
    from: one(raw, 'from'),
    to: one(raw, 'to'),
  }
}

/** What was typed, as the beginning or the last group of an id where it looks like one, else as words. */
export function idOrText(typed: string): Pick<SessionFilter, 'id' | 'text'> {
  const value = typed.trim()
  const id = /^[0-9a-f]{4,8}(-[0-9a-f-]*)?$|^[0-9a-f]{12}$/.test(value)
  return { text: id ? undefined : value || undefined, id: id ? value : undefined }
}
