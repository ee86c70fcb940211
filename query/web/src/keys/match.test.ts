import { expect, test } from 'vitest'
import type { Binding } from './keys'
import { bound } from './match'

const binding = (does: string, ...keys: string[]): Binding => ({ does, keys, run: () => {} })
const page = [binding('sessions', 'g s'), binding('theme', 't'), binding('trails', 'g t'), binding('down', 'j', 'ArrowDown')]

test.each([
  ['', 't', 'theme'],
  ['g', 't', 'trails'],
  ['g', 's', 'sessions'],
  ['g', 'j', 'down'],
  ['t', 's', undefined],
  ['', 's', undefined],
  ['', 'ArrowDown', 'down'],
])('after %j the key %j is %j', (before, key, does) => {
  expect(bound(page, before, key)?.does).toBe(does)
})

test('the newest binding of a key wins, so that a dialog covers its page', () => {
  expect(bound([...page, binding('close', 't')], '', 't')?.does).toBe('close')
})
