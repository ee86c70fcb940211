import { expect, test } from 'vitest'
import { toneOf } from './tone'

test('an outcome that is not known is not taken for good', () => {
  expect([toneOf('ok'), toneOf('tool_error'), toneOf('cancelled'), toneOf('invented'), toneOf('')]).toEqual(['good', 'bad', 'warn', 'warn', 'quiet'])
})
