import { expect, test } from 'vitest'
import { textLines } from './textlines'

test('lines keep their numbers, and a long one goes on without', () => {
  expect(textLines(`a\n\n${'x'.repeat(161)}\nb`).map((l) => [l.text.length, l.number])).toEqual([[1, 1], [0, 2], [160, 3], [1, null], [1, 4]])
})

test('nothing of a text is lost', () => {
  const text = 'x'.repeat(1000) + '\n' + 'y'.repeat(320)
  expect(textLines(text).reduce((all, l) => all + (l.number === null || l.number === 1 ? '' : '\n') + l.text, '')).toBe(text)
})
