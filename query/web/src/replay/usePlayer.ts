import { useCallback, useEffect, useRef, useState } from 'react'
import type { Row } from '../timeline/rows'
import { advance, stepFrom } from './clock'

interface Options {
  rows: readonly Row[]
  whole: number
  begin: number
  speed: number
  skip: boolean
  /** Called with the time when it stops or is moved. */
  rest: (t: number) => void
}

/** Goes through a session's time. */
export function usePlayer({ rows, whole, begin, speed, skip, rest }: Options) {
  const [t, setT] = useState(() => within(begin, whole))
  const [playing, setPlaying] = useState(false)
  // The time where it is now: frames may come faster than renderings. Only `put` changes it, together with `t`.
  const now = useRef(t)
  const put = useCallback((to: number) => {
    now.current = to
    setT(to)
  }, [])
  useEffect(() => {
    if (!playing) return
    let frame = 0
    let before = performance.now()
    const tick = (at: number) => {
      const next = advance(rows, now.current, at - before, speed, skip)
      before = at
      if (next >= whole) {
        put(whole)
        setPlaying(false)
        rest(whole)
        return
      }
      put(next)
      frame = requestAnimationFrame(tick)
    }
    frame = requestAnimationFrame(tick)
    return () => cancelAnimationFrame(frame)
  }, [playing, speed, skip, rows, whole, put, rest])
  const seek = useCallback(
    (to: number) => {
      const next = within(to, whole)
      put(next)
      rest(next)
    },
    [whole, put, rest],
  )
  const toggle = () => {
    if (playing) rest(now.current)
    else if (now.current >= whole) seek(0)
    setPlaying(!playing)
  }
  const step = (by: 1 | -1) => {
    setPlaying(false)
    seek(stepFrom(rows, now.current, by))
  }
  return { t, playing, seek, toggle, step }
}

const within = (t: number, whole: number) => Math.min(Math.max(t, 0), whole)
