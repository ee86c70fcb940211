import { address } from './client'
import { lines } from './lines'
import { LongNumber, type Event, type Json } from './types'

/**
 * Parses JSON and keeps the text of numbers that a double would change. It needs a browser that gives this text
 * (Chromium 114, Firefox 135, Safari 18.4 and newer); older ones show such numbers rounded.
 */
export function parse(text: string): Json {
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown) as Json
}

const keep = (_: string, value: Json, context?: { source?: string }): Json =>
  typeof value === 'number' && context?.source !== undefined && !exact(value, context.source) ? new LongNumber(context.source) : value

/** Decimal digits that a double always gives back, and the smallest number for which it does. */
const digits = 15
const smallest = 2.2250738585072014e-308

/** Whether what is shown of a double is what was written, at least in value. */
function exact(value: number, source: string): boolean {
  if (String(value) === source) return true
  const significant = source.replace(/e.*$/i, '').replace(/[-.]/g, '').replace(/^0+/, '')
  if (significant === '') return !source.startsWith('-') // -0 would be shown as 0
  return Number.isFinite(value) && Math.abs(value) >= smallest && significant.length <= digits
}

/** Reads a run of a session's events. */
export async function readEvents(
  session: string,
  from: number,
  limit: number,
  bodies: boolean,
  signal?: AbortSignal,
): Promise<Event[]> {
  const url = address('/api/v1/sessions/{id}/events', { id: session }, { from_seq: from, limit, bodies })
  const events: Event[] = []
  for await (const line of lines(url, signal)) events.push(parse(line) as unknown as Event)
  return events
}
