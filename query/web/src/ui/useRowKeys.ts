import { useState } from 'react'
import { useKeys } from '../keys/keys'

interface Options {
  count: number
  open: (index: number) => void
  show: (index: number) => void
  does: { next: string; previous: string; open: string }
  /** Row to begin with where none is chosen, the first one by default. */
  begin?: number
}

/** Moves through a list with j and k and opens with Enter. -1 is no row. */
export function useRowKeys({ count, open, show, does, begin = 0 }: Options) {
  const [row, setAt] = useState(-1)
  const at = Math.min(row, count - 1)
  const move = (to: number) => {
    if (count === 0) return
    const next = Math.min(Math.max(to, 0), count - 1)
    setAt(next)
    show(next)
  }
  useKeys([
    { keys: ['j', 'ArrowDown'], does: does.next, run: () => move(at < 0 ? begin : at + 1) },
    { keys: ['k', 'ArrowUp'], does: does.previous, run: () => move(at < 0 ? begin : at - 1) },
    { keys: ['G'], does: 'last row', run: () => move(count - 1) },
    { keys: ['Home'], does: 'first row', run: () => move(0) },
    { keys: ['Enter', 'o'], does: does.open, run: () => at >= 0 && open(at) },
  ])
  return [at, setAt] as const
}
