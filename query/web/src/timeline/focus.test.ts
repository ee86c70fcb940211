import { expect, test } from 'vitest'
import { event } from '../recordtest/record'
import { focus } from './focus'

test.each([
  ['the arguments of a call', { params: { name: 'echo', arguments: { a: 1 } } }, { value: { a: 1 }, label: 'arguments', pointer: '/params/arguments' }],
  ['parameters', { params: { uri: 'x' } }, { value: { uri: 'x' }, label: 'params', pointer: '/params' }],
  ['an error before a result', { error: { code: 1 }, result: 2 }, { value: { code: 1 }, label: 'error', pointer: '/error' }],
  ['a result that is null', { result: null }, { value: null, label: 'result', pointer: '/result' }],
  ['a line that is no message', 'Method Not Allowed', { value: 'Method Not Allowed', label: 'http', pointer: '' }],
  ['a batch', [1], { value: [1], label: 'http', pointer: '' }],
])('of a message people read first: %s', (_, payload, want) => {
  expect(focus(event({ kind: 'http', payload }))).toEqual(want)
})
