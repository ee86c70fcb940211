import { many, number, one, word } from '../api/search'

export interface TrailSearch {
  view?: 'lanes'
  /** Session and seq of the chosen row. */
  in?: string
  at?: number
  q?: string
  kind?: string[]
  failed?: '1'
  from?: number
  to?: number
}

/** What of a trail is shown, as it stands in the address. */
export const trailSearch = (raw: Record<string, unknown>): TrailSearch => ({
  view: word(raw, 'view', ['lanes']),
  in: one(raw, 'in'),
  at: number(raw, 'at'),
  q: one(raw, 'q'),
  kind: many(raw, 'kind'),
  failed: word(raw, 'failed', ['1']),
  from: number(raw, 'from'),
  to: number(raw, 'to'),
})
