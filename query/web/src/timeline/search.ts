import { many, number, one, word } from '../api/search'

export const views = ['waterfall', 'lanes', 'messages'] as const
export type View = (typeof views)[number]

/** What of a timeline is shown, as it stands in the address. */
export interface TimelineSearch {
  view?: View
  /** Seq of the chosen row. */
  at?: number
  q?: string
  kind?: string[]
  failed?: '1'
  /** The time shown, in milliseconds since the start. */
  from?: number
  to?: number
}

export function timelineSearch(raw: Record<string, unknown>): TimelineSearch {
  return {
    view: word(raw, 'view', views),
    at: number(raw, 'at'),
    q: one(raw, 'q'),
    kind: many(raw, 'kind'),
    failed: word(raw, 'failed', ['1']),
    from: number(raw, 'from'),
    to: number(raw, 'to'),
  }
}
