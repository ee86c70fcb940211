import type { Hit } from '../api/types'
import type { Part } from '../ui/marked'

/** Cuts a snippet at its highlights, which count code points, as the service does, and not UTF-16 units. */
export function highlighted({ snippet, highlights }: Pick<Hit, 'snippet' | 'highlights'>): Part[] {
  const points = Array.from(snippet)
  const parts: Part[] = []
  let at = 0
  const add = (to: number, marked: boolean) => {
    const next = Math.min(to, points.length)
    if (next > at) parts.push({ text: points.slice(at, next).join(''), marked })
    at = Math.max(at, next)
  }
  for (const [start = 0, end = 0] of highlights) {
    add(start, false)
    add(end, true)
  }
  add(points.length, false)
  return parts
}
