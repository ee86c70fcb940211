import { many, one, someOf, word } from '../api/search'
import type { SessionFilter } from '../api/queries'

export const transports = ['stdio', 'streamable_http', 'http_sse'] as const
export const kinds = ['request', 'answer', 'notification', 'open', 'close', 'gap', 'auth', 'stderr', 'noise', 'http'] as const
export const outcomes = [
  'ok', 'tool_error', 'protocol_error', 'input_required', 'task', 'accepted', 'cancelled', 'client_disconnect',
  'server_disconnect', 'unanswered', 'unauthorized', 'forbidden', 'http_error', 'transport_error',
] as const

/** dimension:value, of a dimension that the service knows. */
const excludable = /^(client|server|tool|method|target|principal|upstream|transport|outcome|kind|collector|scope):/

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
    kind: someOf(raw, 'kind', kinds),
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
