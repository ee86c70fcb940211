import { expect, test } from 'vitest'
import { gap, integrity, timeline, unpaired } from '../recordtest/record'
import { notice } from './notice'
import { rowsOf } from './rows'

const noticeOf = (over: Parameters<typeof timeline>[0]) => notice(rowsOf(timeline(over))[0]!)

test.each([
  ['a gap', { gaps: [gap({ bytes: 2048 })] }, '▨ gap: 3 messages not recorded, 2.0 KiB · spool full · seq 4–6'],
  ['one lost message', { gaps: [gap({ from_seq: 4, to_seq: 4, count: 1 })] }, '▨ gap: 1 message not recorded · spool full · seq 4–4'],
  ['an answer', { unpaired: [unpaired()] }, '⤬ answer n:7 belongs to no request: no request in the record has its id'],
  ['an answer behind a gap', { unpaired: [unpaired({ reason: 'gap', http_status: 404, rpc_id: '' })] }, '⤬ answer without an id belongs to no request: HTTP 404, its request may lie in the gap before it'],
  ['a break', { integrity: integrity({ first_bad_seq: 1 }) }, '✕ the hash chain does not hold here: an event was changed, removed or inserted'],
])('%s says what is missing', (_, over, want) => {
  expect(noticeOf(over)).toBe(want)
})
