import { expect, test } from 'vitest'
import { pieces, plain } from './text'

test.each([
  ['a marks of direction', 'a\u202eb', 'a\\u202eb'],
  ['an escape sequence', '\u001b[31mred', '\\e[31mred'],
  ['a carriage return', 'a\rb', 'a\\rb'],
  ['a null', '\u0000', '\\x00'],
  ['a zero-width space', 'pass\u200bword', 'pass\\u200bword'],
  ['a tag character', 'a\u{e0041}', 'a\\u{e0041}'],
  ['half of a surrogate pair', 'a\ud800b', 'a\\ud800b'],
  ['the other half', '\udc00', '\\udc00'],
  ['a byte order mark', '\ufeffa', '\\ufeffa'],
])('%s is shown as an escape', (_, text, want) => {
  expect(plain(text)).toBe(want)
})

test.each(['line\nand\ttab', 'übergröße', '日本語', '👍🏽', '❤️', '🇩🇪', ''])('%j is shown as it is', (text) => {
  expect(plain(text)).toBe(text)
})

test('an escape differs from text that looks like one', () => {
  expect(pieces('\\u202e\u202e')).toEqual([{ text: '\\u202e', escape: false }, { text: '\\u202e', escape: true }])
})
