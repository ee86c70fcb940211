import { expect, test } from 'vitest'
import { markedParts } from './marked'

const shown = (text: string, word: string) => markedParts(text, word).map((p) => (p.marked ? `[${p.text}]` : p.text)).join('')

test.each([
  ['a word in any case', 'Sum of sums', 'sum', '[Sum] of [sum]s'],
  ['no word', 'sum', '', 'sum'],
  ['a word that is not there', 'sum', 'x', 'sum'],
  ['the whole', 'sum', 'SUM', '[sum]'],
  ['nothing', '', 'x', ''],
  ['behind a letter whose lower case is longer', 'İİ sum', 'sum', 'İİ [sum]'],
])('%s is marked', (_, text, word, want) => {
  expect(shown(text, word)).toBe(want)
})

test('a text full of the word is whole, with the first ones marked', () => {
  const parts = markedParts('a'.repeat(5000), 'a')
  expect(parts.map((p) => p.text).join('')).toBe('a'.repeat(5000))
  expect(parts.filter((p) => p.marked).length).toBeLessThanOrEqual(400)
})
