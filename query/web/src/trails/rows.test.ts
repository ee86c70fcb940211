import { expect, test } from 'vitest'
import type { TrailTimeline } from '../api/types'
import { after, fact, gap, integrity, operation, session, trail, trailPage } from '../recordtest/record'
import { integrityOf, lanesOf, trailRows } from './rows'

const [files, mail] = [session({ id: 'f', server: { name: 'files', version: '1' } }), session({ id: 'm', server: { name: '', version: '' }, upstream: 'mail' })]
const whole = trail({ session_list: [files, mail] })
const operations = [
  { ...operation({ seq: 1, started: after(0) }), session_id: 'f', upstream: '' },
  { ...operation({ seq: 9, started: after(900) }), session_id: 'f', upstream: '' },
  { ...operation({ seq: 1, started: after(500), duration_ms: null }), session_id: 'm', upstream: 'mail' },
]
const shown = (pages: Partial<TrailTimeline>[]) => trailRows(whole, pages.map(trailPage)).map((r) => [r.type, r.session, r.seq, r.start, r.lane])

test('operations of all sessions are in the order in which they began, each in the lane of its server', () => {
  expect(shown([{ operations: operations.slice(1) }, { operations: operations.slice(0, 1) }])).toEqual([['operation', 'f', 1, 0, 0], ['operation', 'm', 1, 500, 1], ['operation', 'f', 9, 900, 0]])
})

test('a gap and a break lie behind the row before them of their own session', () => {
  const rows = shown([{ operations, gaps: [{ ...gap({ from_seq: 2 }), session_id: 'f' }, { ...gap({ from_seq: 3 }), session_id: 'm' }], sessions: [{ session_id: 'm', integrity: integrity({ first_bad_seq: 5 }) }] }])
  expect(rows).toEqual([['operation', 'f', 1, 0, 0], ['gap', 'f', 2, 0, 0], ['operation', 'm', 1, 500, 1], ['gap', 'm', 3, 500, 1], ['break', 'm', 5, 500, 1], ['operation', 'f', 9, 900, 0]])
})

test('a gap before everything comes first', () => {
  expect(shown([{ operations, gaps: [{ ...gap({ from_seq: 0 }), session_id: 'm' }] }])[0]).toEqual(['gap', 'm', 0, 0, 1])
})

test('facts stand at their time', () => {
  expect(shown([{ operations, facts: [{ ...fact({ seq: 4, time: after(700) }), session_id: 'm', upstream: '' }] }])[2]).toEqual(['fact', 'm', 4, 700, 1])
})

test('an unanswered operation runs to the end of the trail', () => {
  expect(trailRows(whole, [trailPage({ operations })])[1]!.end).toBe(10_000)
})

test('lanes are the agent and the servers', () => {
  expect(lanesOf(whole)).toEqual(['agent', 'files', 'mail'])
  expect(lanesOf(trail({ clients: [], servers: [] }))).toEqual(['agent', 'server'])
})

const page = (state: string) => trailPage({ sessions: [{ session_id: 'f', integrity: integrity({ state }) }] })

test('of a session on several pages the last reading counts', () => {
  expect(integrityOf([page('received'), page('verified')]).get('f')?.state).toBe('verified')
})
