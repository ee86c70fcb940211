import { expect, test } from 'vitest'
import { highlighted } from './highlight'

const shown = (snippet: string, ...highlights: [number, number][]) => highlighted({ snippet, highlights }).map((p) => (p.marked ? `[${p.text}]` : p.text)).join('')

test('places count code points, not halves of surrogate pairs', () => {
  expect(shown('👍👍 sum and sum', [3, 6], [11, 14])).toBe('👍👍 [sum] and [sum]')
})

test('a snippet without highlights is whole, and one may reach its end', () => {
  expect(shown('sum')).toBe('sum')
  expect(shown('sum', [0, 3])).toBe('[sum]')
})

test('highlights that overlap or lie outside show nothing twice', () => {
  expect(shown('abcdef', [1, 4], [2, 5], [9, 12])).toBe('a[bcd][e]f')
})
