import { expect, test } from 'vitest'
import { panned, zoomed } from './range'

const whole = 1000

test('zooming in halves the range around a time', () => {
  expect(zoomed({ from: 0, to: whole }, whole, 600, 0.5)).toEqual({ from: 350, to: 850 })
})

test('zooming at the edge stays within the whole', () => {
  expect(zoomed({ from: 0, to: 400 }, whole, 10, 0.5)).toEqual({ from: 0, to: 110 })
})

test('zooming out to the whole takes the range out of the address', () => {
  expect(zoomed({ from: 250, to: 750 }, whole, 500, 2)).toEqual({ from: undefined, to: undefined })
})

test('zooming in ends at a tenth of a millisecond, and the address holds microseconds', () => {
  expect(zoomed({ from: 0.1234567, to: 0.1334567 }, whole, 0.1234567, 0.5)).toEqual({ from: 0.073, to: 0.173 })
})

test('panning keeps the length and stops at the ends', () => {
  expect(panned({ from: 100, to: 300 }, whole, 0.25)).toEqual({ from: 150, to: 350 })
  expect(panned({ from: 100, to: 300 }, whole, -5)).toEqual({ from: 0, to: 200 })
  expect(panned({ from: 100, to: 300 }, whole, 50)).toEqual({ from: 800, to: 1000 })
  expect(panned({ from: 0, to: whole }, whole, 0.25)).toBeNull()
})
