import type { Event, Json } from '../api/types'

type Members = { readonly [name: string]: Json }

const members = (value: Json | undefined): Members | null =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Members) : null

/** What of a message people read first, and where in the message it stands. */
export function focus(event: Event): { value: Json; label: string; pointer: string } {
  const message = members(event.payload)
  const params = members(message?.params)
  if (params?.arguments !== undefined) return { value: params.arguments, label: 'arguments', pointer: '/params/arguments' }
  if (message?.params !== undefined) return { value: message.params, label: 'params', pointer: '/params' }
  if (message?.error !== undefined) return { value: message.error, label: 'error', pointer: '/error' }
  if (message?.result !== undefined) return { value: message.result, label: 'result', pointer: '/result' }
  return { value: event.payload, label: event.kind, pointer: '' }
}
