import { expect, test } from 'vitest'
import { after, gap, operation, timeline } from '../recordtest/record'
import { binsOf } from './bins'
import { rowsOf } from './rows'

test('an operation counts in each part of the time in which it ran, apart where it failed', () => {
  const rows = rowsOf(
    timeline({ operations: [operation({ seq: 1, started: after(100), duration_ms: 250 }), operation({ seq: 3, started: after(300), duration_ms: 50, outcome: 'forbidden' })], gaps: [gap({ from_seq: 5 })] }),
  )
  const { calm, bad, gaps } = binsOf(rows, 1000, 10)
  expect([...calm]).toEqual([0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
  expect([...bad]).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  expect(gaps).toEqual([3])
})

test('what ends with the time is in the last part, what begins before it in the first', () => {
  const rows = rowsOf(timeline({ operations: [operation({ seq: 1, started: after(-500), duration_ms: 1500 })] }))
  expect([...binsOf(rows, 1000, 4).calm]).toEqual([1, 1, 1, 1])
})
