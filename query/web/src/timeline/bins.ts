import { toneOf } from '../ui/tone'
import type { Row } from './rows'

/** How many operations were running in each of `width` equal parts of the time, and where nothing was recorded. */
export interface Bins {
  calm: Float64Array
  bad: Float64Array
  /** Parts in which a gap or a break of the chain begins. */
  gaps: readonly number[]
}

export function binsOf(rows: readonly Row[], whole: number, width: number): Bins {
  const bins = { calm: new Float64Array(width), bad: new Float64Array(width) }
  const gaps: number[] = []
  const binOf = (t: number) => Math.max(Math.min(Math.floor((t / whole) * width), width - 1), 0)
  for (const row of rows) {
    if (row.type === 'gap' || row.type === 'break') gaps.push(binOf(row.start))
    if (row.type !== 'operation') continue
    const bin = toneOf(row.operation.outcome) === 'bad' ? bins.bad : bins.calm
    const last = binOf(row.end)
    for (let x = binOf(row.start); x <= last; x++) bin[x] = bin[x]! + 1
  }
  return { ...bins, gaps }
}
