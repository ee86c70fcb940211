import type { Facets } from '../api/types'

/** Fewer slots than this would make bars too wide to show when something happened. */
const fewest = 24

/** The time that a histogram covers, in slots of equal length. */
export interface Slots {
  /** Start of the first slot and end of the last, in milliseconds since 1970. */
  first: number
  end: number
  /** Length of a slot in milliseconds. */
  step: number
  count: number
}

/** The slots of a histogram, which has at least one bar. */
export function slotsOf({ histogram, step_ms }: Pick<Facets, 'histogram' | 'step_ms'>): Slots {
  const step = step_ms || 1000
  const first = Date.parse(histogram[0]!.time)
  const last = Date.parse(histogram.at(-1)!.time) + step
  const count = Math.max(Math.round((last - first) / step), fewest)
  return { first, end: first + count * step, step, count }
}

/** Where a time lies, as a part of the width. */
export const partOf = ({ first, end }: Slots, t: number): number => (t - first) / (end - first)

/** The time at a part of the width; outside of it, the nearest end. */
export const timeAt = ({ first, end }: Slots, part: number): number => first + Math.min(Math.max(part, 0), 1) * (end - first)
