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

interface Tail {
  /** The address that it is of. */
  url: string
  came: Came
  state: Watching
}

const unopened = (url: string): Tail => ({ url, came: none, state: 'opening' })

/** Milliseconds for which events are collected before the page changes. */
const batch = 150

/** Watches events as they are stored. The browser reconnects by itself after a break, from the event where it was. */
export function useTail(filter: object) {
  const url = address('/api/v1/tail', {}, filter)
  const [tail, setTail] = useState(unopened(url))
  const waiting = useRef<Event[]>([])
  useEffect(() => {
    const put = (change: (now: Tail) => Partial<Tail>) =>
      setTail((last) => {
        const now = last.url === url ? last : unopened(url)
        return { ...now, ...change(now) }
      })
    waiting.current = []
    const source = new EventSource(url)
    source.addEventListener('open', () => put(() => ({ state: 'watching' })))
    source.addEventListener('error', () => put(() => ({ state: 'broken' })))
    source.addEventListener('message', (message: MessageEvent<string>) => {
      for (const line of message.data.split('\n')) {
        if (line) waiting.current.push(brief(parse(line) as unknown as Event))
      }
    })
    const timer = setInterval(() => {
      if (waiting.current.length === 0) return
      const come = waiting.current
      waiting.current = []
      put(({ came }) => ({ came: { events: [...came.events, ...come].slice(-most), total: came.total + come.length } }))
    }, batch)
    return () => {
      clearInterval(timer)
      source.close()
    }
  }, [url])
  const { came, state } = tail.url === url ? tail : unopened(url)
  return { came, state, clear: () => setTail((now) => ({ ...now, came: none })) }
}
