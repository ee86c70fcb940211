import { QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import { integrity, operation, session } from '../recordtest/record'
import { address, get, post, Problem } from './client'
import { readEvents } from './events'
import { lines } from './lines'
import { timelineOf } from './timeline'
import type { Timeline } from './types'

afterEach(() => vi.unstubAllGlobals())

/** Answers each request with chunks of bytes; an Error among them breaks the answer off there. */
function answering(chunks: readonly (string | Uint8Array | Error)[], init?: ResponseInit) {
  const asked: { url: string; init: RequestInit }[] = []
  vi.stubGlobal('fetch', (url: string, options: RequestInit) => {
    asked.push({ url, init: options })
    const left = [...chunks]
    return Promise.resolve(
      new Response(
        new ReadableStream({
          pull(stream) {
            const next = left.shift()
            if (next === undefined) stream.close()
            else if (next instanceof Error) stream.error(next)
            else stream.enqueue(typeof next === 'string' ? new TextEncoder().encode(next) : next)
          },
        }),
        init,
      ),
    )
  })
  return asked
}

const all = async (of: AsyncIterable<string>) => {
  const list: string[] = []
  for await (const line of of) list.push(line)
  return list
}

test('an address fills its path, leaves out what is empty and repeats lists', () => {
  expect(address('/a/{id}/b', { id: 'x/ y' }, { q: '', none: undefined, nil: null, n: 0, no: false, list: ['1', '', '2'] })).toBe('/a/x%2F%20y/b?n=0&no=false&list=1&list=2')
  expect(address('/a')).toBe('/a')
})

test('an error is the sentence of the service, or its plain text, with the status', async () => {
  answering(['{"detail":"There is no session with this id."}'], { status: 404 })
  await expect(get('/api/v1/servers')).rejects.toEqual(new Problem(404, 'There is no session with this id.'))
  answering(['busy'], { status: 503 })
  await expect(get('/api/v1/servers')).rejects.toMatchObject({ status: 503, message: 'busy' })
  answering([], { status: 500, statusText: 'Internal Server Error' })
  await expect(get('/api/v1/servers')).rejects.toMatchObject({ status: 500, message: 'Internal Server Error' })
})

test('no answer is a problem of its own, and an abort is none', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')))
  await expect(get('/api/v1/servers')).rejects.toMatchObject({ status: 0 })
  await expect(get('/api/v1/servers', { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(TypeError)
})

test('a body is posted as JSON', async () => {
  const asked = answering(['{"id":"1"}'])
  expect(await post('/api/v1/cases', { title: 'why' })).toEqual({ id: '1' })
  expect(asked[0]).toMatchObject({ url: '/api/v1/cases', init: { method: 'POST', body: '{"title":"why"}', headers: { 'Content-Type': 'application/json' } } })
})

test('lines are whole wherever the answer was cut, also within a character', async () => {
  const euro = new TextEncoder().encode('"€"\n')
  answering(['{"a"', ':1}\n{"b":2}\n', euro.slice(0, 2), euro.slice(2), '\n"last"'])
  expect(await all(lines('/x'))).toEqual(['{"a":1}', '{"b":2}', '"€"', '', '"last"'])
})

test('an answer that breaks off is a problem, after the lines that came', async () => {
  answering(['1\n2', new Error('reset')])
  const got: string[] = []
  const read = async () => {
    for await (const line of lines('/x')) got.push(line)
  }
  await expect(read()).rejects.toMatchObject({ status: 0, message: expect.stringContaining('broke off') })
  expect(got).toEqual(['1'])
})

test('events are read from a number on, and keep long numbers', async () => {
  const asked = answering(['{"seq":4,"payload":{"id":9007199254740993}}\n'])
  const [e] = await readEvents('s', 4, 1, true)
  expect(asked[0]!.url).toBe('/api/v1/sessions/s/events?from_seq=4&limit=1&bodies=true')
  expect(e!.payload).toEqual({ id: { text: '9007199254740993' } })
})

const part = (over: object) => JSON.stringify({ beginning: false, last: false, session: session(), integrity: integrity(), operations: [], facts: [], gaps: [], unpaired: [], left_out: [], ...over }) + '\n'

test('a timeline is put together from its parts, and its beginning shows before', async () => {
  const client = new QueryClient()
  const shown: (Timeline | undefined)[] = []
  client.getQueryCache().subscribe(() => shown.push(client.getQueryData(['timeline', 's'])))
  answering([
    part({ beginning: true, operations: [operation({ seq: 1 })], session: session({ events: 2 }) }),
    part({ operations: [operation({ seq: 1 })], session: session({ events: 2 }) }),
    part({ operations: [operation({ seq: 3 })], last: true, session: session({ events: 4 }) }),
  ])
  const whole = await client.fetchQuery(timelineOf(client, 's'))
  expect([whole.beginning, whole.session.events, whole.operations.map((o) => o.seq)]).toEqual([false, 4, [1, 3]])
  expect(shown.some((t) => t?.beginning && t.operations.length === 1)).toBe(true)
})

test('a beginning does not replace a timeline that is shown', async () => {
  const client = new QueryClient()
  const key = ['timeline', 's']
  client.setQueryData(key, { session: session({ events: 4 }) })
  const shown: (Timeline | undefined)[] = []
  client.getQueryCache().subscribe(() => shown.push(client.getQueryData(key)))
  answering([part({ beginning: true }), part({ last: true })])
  await client.fetchQuery({ ...timelineOf(client, 's'), staleTime: 0 })
  expect(shown.some((t) => t?.beginning)).toBe(false)
})

test('a timeline without its last part is none', async () => {
  const client = new QueryClient()
  answering([part({ operations: [operation({ seq: 1 })] })])
  await expect(client.fetchQuery({ ...timelineOf(client, 's'), retry: false })).rejects.toMatchObject({ message: expect.stringContaining('broke off') })
})
