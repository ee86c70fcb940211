import { useMemo } from 'react'
import { panned, zoomed, type Bounds } from './range'
import type { Row } from './rows'

/** The time that a timeline shows, which the address holds, and how to change it. */
export function useRange(rows: readonly Row[], bounds: Bounds, change: (to: Bounds) => void) {
  const whole = useMemo(() => rows.reduce((end, r) => Math.max(end, r.end), 1), [rows])
  const range = { from: bounds.from ?? 0, to: bounds.to ?? whole }
  return {
    /** Length of everything, in milliseconds; never 0, so that it can divide. */
    whole,
    range,
    /** Zooms around the row that is chosen, else around the middle. */
    zoom: (factor: number, row: Row | undefined) => change(zoomed(range, whole, row?.start ?? (range.from + range.to) / 2, factor)),
    pan: (part: number) => {
      const to = panned(range, whole, part)
      if (to) change(to)
    },
  }
}
