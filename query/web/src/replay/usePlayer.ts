import { useCallback, useEffect, useRef, useState } from 'react'
import type { Row } from '../timeline/rows'
import { lastBegun } from './state'

/** A pause longer than this, in milliseconds of the watcher's time, is skipped. */
const longest = 800

interface Options {
  rows: readonly Row[]
  whole: number
  begin: number
  speed: number
  skip: boolean
  /** Told where it stands when it stops or is moved. */
  rest: (t: number) => void
}

/** Goes through a session's time. */
export function usePlayer({ rows, whole, begin, speed, skip, rest }: Options) {
  const [t, setT] = useState(Math.min(Math.max(begin, 0), whole))
  const [playing, setPlaying] = useState(false)
  const now = useRef(t)
  now.current = t
  useEffect(() => {
    if (!playing) return
    let frame = 0
    let before = performance.now()
    const tick = (at: number) => {
      let next = now.current + (at - before) * speed
      before = at
      if (skip) {
        const i = lastBegun(rows, next)
        const busy = rows.slice(Math.max(i - 50, 0), i + 1).some((r) => r.type === 'operation' && r.operation.duration_ms !== null && r.end > next)
        const coming = rows[i + 1]?.start
        if (!busy && coming !== undefined && coming - next > longest * speed) next = coming - (longest / 4) * speed
      }
      if (next >= whole) {
        setT(whole)
        setPlaying(false)
        rest(whole)
        return
      }
      setT(next)
      frame = requestAnimationFrame(tick)
    }
    frame = requestAnimationFrame(tick)
    return () => cancelAnimationFrame(frame)
    // `rest` only writes the address.
  }, [playing, speed, skip, rows, whole])
  const seek = useCallback(
    (to: number) => {
      const next = Math.min(Math.max(to, 0), whole)
      setT(next)
      now.current = next
      rest(next)
    },
    [whole, rest],
  )
  const toggle = () => {
    if (playing) rest(now.current)
    else if (now.current >= whole) seek(0)
    setPlaying(!playing)
  }
  const step = (by: number) => {
    setPlaying(false)
    const at = lastBegun(rows, now.current)
    // Rows that begin together are one step.
    const start = rows[at]?.start ?? 0
    let next = at + by
    while (by > 0 ? rows[next]?.start === start : rows[next]?.start === start && next > 0) next += by
    seek(rows[Math.min(Math.max(next, 0), rows.length - 1)]?.start ?? 0)
  }
  return { t, playing, seek, toggle, step }
}
