import { expect, test } from 'vitest'
import { laneAt } from './lanes'

test('lanes are spread over the width, and one stands in the middle', () => {
  expect([0, 1, 2].map((lane) => laneAt(lane, 3))).toEqual([10, 50, 90])
  expect(laneAt(0, 1)).toBe(50)
})
