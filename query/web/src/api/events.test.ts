import { expect, test } from 'vitest'
import { textOf } from '../json/lines'
import { parse } from './events'
import { LongNumber } from './types'

test.each(['0', '-7', '42', '0.1', '1.5e3', '1E2', '100.0', '0.0', '123456789012345', '1e21', '2.2250738585072014e-308'])('%s is a number like any other', (source) => {
  expect(parse(source)).toBe(Number(source))
})

test.each(['9007199254740993', '-9007199254740993', '1e400', '1e-400', '-0', '4e-324', '0.12345678901234567890', '123456789012345.678', '18446744073709551615', '3.14159265358979323846'])('%s, which a double changes, is kept as it was written', (source) => {
  expect(parse(source)).toEqual(new LongNumber(source))
})

test('they are kept wherever they stand, and shown as they were', () => {
  expect(textOf(parse('{"id":12345678901234567890,"of":[{"n":1e999}],"text":"12345678901234567890"}'))).toBe(`{
  "id": 12345678901234567890,
  "of": [
    {
      "n": 1e999
    }
  ],
  "text": "12345678901234567890"
}`)
})
