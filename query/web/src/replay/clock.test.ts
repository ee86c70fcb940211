import { expect, test } from 'vitest'
import { after, operation, timeline } from '../recordtest/record'
import { rowsOf } from '../timeline/rows'
import { advance, lastBegun, stepFrom } from './clock'

const at = (...starts: number[]) => rowsOf(timeline({ operations: starts.map((ms, i) => operation({ seq: i * 2 + 1, started: after(ms), duration_ms: 10 })) }))

test('the last row that began is found at, before and after each start', () => {
  const rows = at(0, 100, 100, 300)
  expect([-1, 0, 99, 100, 299, 300, 9999].map((t) => lastBegun(rows, t))).toEqual([-1, 0, 0, 2, 2, 3, 3])
  expect(lastBegun([], 5)).toBe(-1)
})

test('time goes on by the speed', () => {
  expect(advance(at(0, 100_000), 50, 16, 2, false)).toBe(82)
})

test('a long pause is skipped to shortly before the next row, as long for the watcher at any speed', () => {
  expect(advance(at(0, 100_000), 500, 16, 1, true)).toBe(100_000 - 200)
  expect(advance(at(0, 100_000), 500, 16, 5, true)).toBe(100_000 - 1000)
})

test('a pause is not skipped while an operation runs, where it is short, or at the end', () => {
  const running = rowsOf(timeline({ operations: [operation({ seq: 1, duration_ms: 5000 }), operation({ seq: 3, started: after(60_000) })] }))
  expect(advance(running, 500, 16, 1, true)).toBe(516)
  expect(advance(at(0, 1200), 500, 16, 1, true)).toBe(516)
  expect(advance(at(0), 500, 16, 1, true)).toBe(516)
})

test('an operation that was never answered does not hold a pause', () => {
  const unanswered = rowsOf(timeline({ operations: [operation({ seq: 1, duration_ms: null }), operation({ seq: 3, started: after(60_000) })] }))
  expect(advance(unanswered, 500, 16, 1, true)).toBe(60_000 - 200)
})

test('steps go from start to start, and rows that begin together are one', () => {
  const rows = at(0, 100, 100, 300)
  expect([0, 100, 300].map((t) => stepFrom(rows, t, 1))).toEqual([100, 300, 300])
  expect([300, 100, 0].map((t) => stepFrom(rows, t, -1))).toEqual([100, 0, 0])
  expect(stepFrom(rows, 250, -1)).toBe(0)
  expect(stepFrom([], 5, 1)).toBe(0)
})
