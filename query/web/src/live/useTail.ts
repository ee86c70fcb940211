import { useEffect, useRef, useState } from 'react'
import { address } from '../api/client'
import { parse } from '../api/events'
import type { Event } from '../api/types'

/** Events that are kept; older ones are in the record. */
const most = 3000

export type Watching = 'opening' | 'watching' | 'broken'

/** Watches events as they are stored. The browser comes back by itself after a break and misses nothing. */
export function useTail(filter: object) {
  const [events, setEvents] = useState<readonly Event[]>([])
  const [state, setState] = useState<Watching>('opening')
  const url = address('/api/v1/tail', {}, filter)
  const waiting = useRef<Event[]>([])
  useEffect(() => {
    setEvents([])
    setState('opening')
    waiting.current = []
    const source = new EventSource(url)
    source.onopen = () => setState('watching')
    source.onerror = () => setState('broken')
    source.onmessage = (message: MessageEvent<string>) => {
      for (const line of message.data.split('\n')) {
        if (line) waiting.current.push(parse(line) as unknown as Event)
      }
    }
    // One change of the page for all that came meanwhile.
    const timer = setInterval(() => {
      if (waiting.current.length === 0) return
      const come = waiting.current
      waiting.current = []
      setEvents((now) => [...now, ...come].slice(-most))
    }, 150)
    return () => {
      clearInterval(timer)
      source.close()
    }
  }, [url])
  return { events, state, clear: () => setEvents([]) }
}
