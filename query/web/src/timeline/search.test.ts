import { expect, test } from 'vitest'
import { timelineSearch } from './search'

test('the address of a timeline gives what is known and drops what is not', () => {
  expect(timelineSearch({ view: 'lanes', at: '12', kind: ['tool', 'list'], failed: '1', from: '0.5', q: 'x' })).toEqual({ view: 'lanes', at: 12, kind: ['tool', 'list'], failed: '1', from: 0.5, to: undefined, q: 'x' })
  expect(timelineSearch({ view: 'spiral', at: 'first', failed: 'yes', from: '' })).toEqual({ view: undefined, at: undefined, kind: undefined, failed: undefined, from: undefined, to: undefined, q: undefined })
})
