import { expect, test } from 'vitest'
import { event, operation } from '../../recordtest/record'
import { relatedOf, seqIn } from './related'

const [call, sampling, other] = [operation({ seq: 1, id: 's:1' }), operation({ seq: 2, id: 's:2', parent: 's:1' }), operation({ seq: 9, id: 's:9' })]
const source = { session: 's', operations: [call, sampling, other], facts: [] }

test('an operation is found with the one that caused it and those it caused', () => {
  expect(relatedOf(source, call, []).children).toEqual([sampling])
  expect(relatedOf(source, sampling, []).parent).toBe(call)
  expect(relatedOf(source, other, [])).toEqual({ parent: undefined, children: [], keys: [], cuts: [] })
})

test('keys and cuts are those of all events, each cut with its seq', () => {
  const keys = [{ name: 'openai/session', value: 'v', where: '_meta' }]
  const cut = { rule: 'github', pointer: '/params', length: 40, token: 'hmac:x' }
  const related = relatedOf(source, undefined, [event({ seq: 3, keys }), event({ seq: 4, redactions: [cut] })])
  expect(related.keys).toEqual(keys)
  expect(related.cuts).toEqual([{ seq: 4, ...cut }])
})

test('an id gives the number in it', () => {
  expect(seqIn('01a2037b-cff2:40')).toBe('40')
})
