import { one, word } from '../api/search'

export interface CompareSearch {
  a?: string
  b?: string
  /** Also what is the same. */
  all?: '1'
}

export const compareSearch = (raw: Record<string, unknown>): CompareSearch => ({ a: one(raw, 'a'), b: one(raw, 'b'), all: word(raw, 'all', ['1']) })
