import { expect, test } from 'vitest'
import { bytes, count, offset, several, short, took, utc } from './format'

test.each([
  [null, '–'],
  [undefined, '–'],
  [0, '0µs'],
  [0.0456, '46µs'],
  [1, '1.0ms'],
  [9.96, '10ms'],
  [10.4, '10ms'],
  [999, '999ms'],
  [1000, '1.00s'],
  [12_345, '12.3s'],
  [60_000, '1m00s'],
  [3_599_400, '59m59s'],
  [3_600_000, '1h00m'],
  [48 * 3_600_000, '2d00h'],
  [-1500, '-1.50s'],
])('%j milliseconds took %s', (ms, want) => {
  expect(took(ms)).toBe(want)
})

test.each([
  [0.9996, '1.0ms'],
  [999.6, '1.00s'],
  [59_996, '1m00s'],
])('%j milliseconds are not rounded to a thousand of the smaller unit: %s', (ms, want) => {
  expect(took(ms)).toBe(want)
})

test.each([
  [0, '0.000'],
  [59_999, '59.999'],
  [60_000, '1:00.000'],
  [61_500.4, '1:01.500'],
  [3_600_000, '1:00:00'],
  [3_725_900, '1:02:05'],
  [-1500, '-1.500'],
  [-0.2, '0.000'],
])('%j milliseconds after the start is %s', (ms, want) => {
  expect(offset(ms)).toBe(want)
})

test.each([
  [59_999.6, '1:00.000'],
  [119_999.9, '2:00.000'],
  [3_599_999.9, '1:00:00'],
])('%j milliseconds carry over: %s', (ms, want) => {
  expect(offset(ms)).toBe(want)
})

test('a time is in UTC', () => {
  expect(utc('2026-11-22T23:30:00.1234+01:00')).toEqual({ day: '2026-11-22', time: '22:30:00.123' })
})

test('sizes and counts', () => {
  expect([bytes(1023), bytes(1024), bytes(1.5 * 1024 * 1024)]).toEqual(['1023 B', '1.0 KiB', '1.5 MiB'])
  expect([count(1234567), several(1, 'gap'), several(0, 'gap')]).toEqual(['1,234,567', '1 gap', '0 gaps'])
  expect(short('01a2037b-cff2-79b7-8413-402e7026259b')).toBe('402e7026259b')
})
