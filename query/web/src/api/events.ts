import { address } from './client'
import { lines } from './lines'
import { LongNumber, type Event, type Json } from './types'

/** Parses JSON and keeps numbers that a double would change. */
export function parse(text: string): Json {
  const keep = (_: string, value: Json, context?: { source?: string }): Json =>
    typeof value === 'number' && context?.source !== undefined && !same(value, context.source)
      ? new LongNumber(context.source)
      : value
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown) as Json
}

function same(value: number, source: string): boolean {
  return String(value) === source || (!/^-?\d{16,}$/.test(source) && Number(source) === value && source.length < 17)
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
