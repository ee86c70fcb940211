import { useEffect, useRef, useState } from 'react'
import { address } from '../api/client'
import { parse } from '../api/events'
import type { Event } from '../api/types'

/** Events that are kept; older ones are in the record. */
const most = 3000

/** The newest events, and how many came in all. */
export interface Came {
  events: readonly Event[]
  total: number
}

const none: Came = { events: [], total: 0 }

export type Watching = 'opening' | 'watching' | 'broken'

/** An event with as much of its body as a row shows: a line that was no message. */
const brief = (e: Event): Event => ({ ...e, payload: typeof e.payload === 'string' ? e.payload.slice(0, 200) : null })

/** Watches events as they are stored. The browser comes back by itself after a break and misses nothing. */
export function useTail(filter: object) {
  const [came, setCame] = useState<Came>(none)
  const [state, setState] = useState<Watching>('opening')
  const url = address('/api/v1/tail', {}, filter)
  const waiting = useRef<Event[]>([])
  useEffect(() => {
    setCame(none)
    setState('opening')
    waiting.current = []
    const source = new EventSource(url)
    source.onopen = () => setState('watching')
    source.onerror = () => setState('broken')
    source.onmessage = (message: MessageEvent<string>) => {
      for (const line of message.data.split('\n')) {
        if (line) waiting.current.push(brief(parse(line) as unknown as Event))
      }
    }
    // One change of the page for all that came meanwhile.
    const timer = setInterval(() => {
      if (waiting.current.length === 0) return
      const come = waiting.current
      waiting.current = []
      setCame((now) => ({ events: [...now.events, ...come].slice(-most), total: now.total + come.length }))
    }, 150)
    return () => {
      clearInterval(timer)
      source.close()
    }
  }, [url])
  return { came, state, clear: () => setCame(none) }
}
