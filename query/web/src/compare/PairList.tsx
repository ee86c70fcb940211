import { useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import type { ComparedPair } from '../api/types'
import { useRowKeys } from '../ui/useRowKeys'
import { Pair } from './Pair'
import g from '../ui/Grid.module.css'
import s from './PairList.module.css'

/** Pairs of operations in the order of both runs. */
export function PairList({ pairs }: { pairs: readonly ComparedPair[] }) {
  const box = useRef<HTMLDivElement>(null)
  const navigate = useNavigate()
  const list = useVirtualizer({ count: pairs.length, getScrollElement: () => box.current, estimateSize: () => 30, overscan: 20 })
  const [at, setAt] = useRowKeys({
    count: pairs.length,
    open: (i) => {
      const o = pairs[i]!.a ?? pairs[i]!.b
      if (o) void navigate({ to: '/sessions/$id', params: { id: o.session_id }, search: { at: o.seq } })
    },
    show: (i) => list.scrollToIndex(i),
    does: { next: 'next difference', previous: 'previous difference', open: 'open the operation' },
  })
  return (
    <div className={g.grid}>
      <div className={g.scroll} ref={box} tabIndex={0} role="group" aria-label="Operations side by side">
        <ol className={g.tall} style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((v) => (
            <li
              key={v.key}
              data-index={v.index}
              ref={list.measureElement}
              data-kind={pairs[v.index]!.kind}
              aria-current={v.index === at || undefined}
              className={`${g.row} ${s.pair}`}
              style={{ transform: `translateY(${v.start}px)` }}
              onClick={() => setAt(v.index)}
            >
              <Pair pair={pairs[v.index]!} />
            </li>
          ))}
        </ol>
        {pairs.length === 0 && <p className="reading">Nothing is different.</p>}
      </div>
    </div>
  )
}
