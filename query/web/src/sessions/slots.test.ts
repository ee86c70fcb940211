import { expect, test } from 'vitest'
import { partOf, slotsOf, timeAt } from './slots'

const bar = (time: string) => ({ time, sessions: 1, failed: 0 })
const hour = 3_600_000
const first = Date.parse('2026-11-22T00:00:00Z')

test('slots cover all bars', () => {
  expect(slotsOf({ step_ms: hour, histogram: [bar('2026-11-22T00:00:00Z'), bar('2026-11-24T05:00:00Z')] })).toEqual({ first, end: first + 54 * hour, step: hour, count: 54 })
})

test('one bar does not fill the width, and no step is a second', () => {
  expect(slotsOf({ step_ms: 0, histogram: [bar('2026-11-22T00:00:00Z')] })).toEqual({ first, end: first + 24_000, step: 1000, count: 24 })
})

test('times and places are each other’s inverse, within the ends', () => {
  const slots = slotsOf({ step_ms: hour, histogram: [bar('2026-11-22T00:00:00Z')] })
  expect(partOf(slots, timeAt(slots, 0.25))).toBe(0.25)
  expect([timeAt(slots, -1), timeAt(slots, 9)]).toEqual([slots.first, slots.end])
})
