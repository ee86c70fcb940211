/** A part of the time that is shown, in milliseconds since its start. */
export interface Range {
  from: number
  to: number
}

/** The bounds as they go into the address: undefined where the range is the whole. */
export type Bounds = Partial<Range>

/** Half the length of the shortest range, in milliseconds: one microsecond is the resolution of the clock. */
const shortest = 0.05

/** The address holds microseconds; more digits would only be noise of the arithmetic. */
const round = (ms: number) => Math.round(ms * 1000) / 1000

/** The range scaled by a factor around a time, within the whole. */
export function zoomed(range: Range, whole: number, around: number, factor: number): Bounds {
  const half = Math.max(((range.to - range.from) * factor) / 2, shortest)
  const from = Math.max(around - half, 0)
  const to = Math.min(around + half, whole)
  return from <= 0 && to >= whole ? { from: undefined, to: undefined } : { from: round(from), to: round(to) }
}

/** The range moved by a part of its own length, without leaving the whole; null where it is the whole. */
export function panned(range: Range, whole: number, part: number): Range | null {
  const length = range.to - range.from
  if (length >= whole) return null
  const from = Math.min(Math.max(range.from + length * part, 0), whole - length)
  return { from: round(from), to: round(from + length) }
}
