import type { Row } from '../timeline/rows'

/** Index of the last row that began at or before a time, -1 for none. Rows are in the order in which they begin. */
export function lastBegun(rows: readonly Row[], t: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows[middle]!.start <= t) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** A pause longer than this, in milliseconds of the watcher's time, is skipped. */
const longestPause = 800

/** Rows before the last one that are looked at for an operation that still runs; enough for what runs at once. */
const lookBack = 50

/**
 * The session's time after one more frame. `elapsed` is the watcher's time, `speed` how much faster the session's
 * goes. Where nothing runs and the next row is far, it goes to shortly before that row.
 */
export function advance(rows: readonly Row[], t: number, elapsed: number, speed: number, skip: boolean): number {
  const next = t + elapsed * speed
  if (!skip) return next
  const i = lastBegun(rows, next)
  const coming = rows[i + 1]?.start
  if (coming === undefined || coming - next <= longestPause * speed) return next
  const busy = rows.slice(Math.max(i - lookBack, 0), i + 1).some((r) => r.type === 'operation' && r.operation.duration_ms !== null && r.end > next)
  return busy ? next : coming - (longestPause / 4) * speed
}

/** The start of the next (1) or previous (-1) rows. Rows that begin together are one step. */
export function stepFrom(rows: readonly Row[], t: number, by: 1 | -1): number {
  const at = lastBegun(rows, t)
  const start = rows[at]?.start ?? 0
  const next = by > 0 ? rows.slice(at + 1).find((r) => r.start !== start) : rows.slice(0, Math.max(at, 0)).findLast((r) => r.start !== start)
  return next?.start ?? (by > 0 ? (rows.at(-1)?.start ?? 0) : (rows[0]?.start ?? 0))
}
