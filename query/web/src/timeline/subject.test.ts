import { expect, test } from 'vitest'
import { fact, operation } from '../recordtest/record'
import { subjectOf } from './subject'

const source = {
  session: 's',
  operations: [operation({ seq: 1, answer_seqs: [6], notification_seqs: [3, 4] }), operation({ seq: 3, request_seqs: [3], answer_seqs: [5] })],
  facts: [fact({ seq: 8, seqs: [8, 9] })],
}

test('an operation that begins with an event is its subject, before one that the event is part of', () => {
  expect(subjectOf(source, 3).operation).toBe(source.operations[1])
  expect(subjectOf(source, 4).operation).toBe(source.operations[0])
})

test('the exchange of an operation is its requests and answers', () => {
  expect([...subjectOf(source, 1).exchanged!]).toEqual([1, 6])
  expect(subjectOf(source, 1).seqs).toEqual([1, 3, 4, 6])
})

test('a fact is a subject with all its events, any other event by itself', () => {
  expect(subjectOf(source, 9)).toEqual({ operation: undefined, fact: source.facts[0], seqs: [8, 9], exchanged: null })
  expect(subjectOf(source, 77)).toEqual({ operation: undefined, fact: undefined, seqs: [77], exchanged: null })
})
