import { expect, test } from 'vitest'
import type { Case, CaseEdit } from '../api/cases'
import { markdown } from './markdown'

const edit = (over: Partial<CaseEdit>): CaseEdit => ({ id: 'e', time: '2026-11-22T09:30:00Z', who: 'ann', action: 'note', text: '', seq: null, at: null, retracted: false, ...over })
const found = (...edits: CaseEdit[]): Case => ({ id: 'c', title: 'Why *now*?', by: 'ann', opened: '2026-11-22T09:00:00Z', changed: '', closed: false, pins: 0, notes: 0, edits })

test('pins link to the record and notes keep their lines', () => {
  expect(
    markdown(found(edit({ action: 'open' }), edit({ action: 'pin', session_id: 's', seq: 4, text: 'here' }), edit({ action: 'pin', session_id: 's', at: '2026-11-22T09:30:01Z' }), edit({ text: 'one\n\ntwo' })), 'http://h'),
  ).toBe(`# Why \\*now\\*?

Opened by ann on 2026-11-22T09:00:00Z, open.

- 2026-11-22T09:30:00Z ann
  http://h/sessions/s?at=4
  here
- 2026-11-22T09:30:00Z ann
  http://h/sessions/s at 2026-11-22T09:30:01Z
- 2026-11-22T09:30:00Z ann
  one
  two
`)
})

test('what was taken back is not in it', () => {
  expect(markdown(found(edit({ text: 'wrong', retracted: true })), 'http://h')).not.toContain('wrong')
})

test('recorded text is no markup of the report, and hides nothing', () => {
  const text = markdown(found(edit({ text: '[x](javascript:1) <img> `a`\n# head \u202e' })), 'http://h')
  expect(text).toContain('\\[x\\]\\(javascript:1\\) \\<img\\> \\`a\\`')
  expect(text).toContain(String.raw`\# head \\u202e`)
  expect(text).not.toContain('\u202e')
})
