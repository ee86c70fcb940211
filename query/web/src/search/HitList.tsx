import { useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { Hit } from '../api/types'
import { useRowKeys } from '../ui/useRowKeys'
import { HitRow } from './HitRow'
import g from '../ui/Grid.module.css'
import s from './HitList.module.css'

interface Props {
  hits: readonly Hit[]
  more: (() => void) | undefined
}

/** Hits, newest first. */
export function HitList({ hits, more }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const navigate = useNavigate()
  const list = useVirtualizer({ count: hits.length, getScrollElement: () => box.current, estimateSize: () => 64, overscan: 12 })
  const [at, setAt] = useRowKeys({
    count: hits.length,
    open: (i) => void navigate({ to: '/sessions/$id', params: { id: hits[i]!.session_id }, search: { at: hits[i]!.seq } }),
    show: (i) => list.scrollToIndex(i),
    does: { next: 'next hit', previous: 'previous hit', open: 'open the hit in its session' },
  })
  const items = list.getVirtualItems()
  const end = items.at(-1)?.index ?? -1
  useEffect(() => {
    if (more && end >= hits.length - 10) more()
  }, [end, more, hits.length])
  return (
    <div className={g.grid}>
      <div className={g.scroll} ref={box} tabIndex={0} role="group" aria-label="Hits">
        <ol className={g.tall} style={{ height: list.getTotalSize() }}>
          {items.map((v) => (
            <li key={v.key} ref={list.measureElement} data-index={v.index} aria-current={v.index === at || undefined} className={`${g.row} ${s.hit}`} style={{ transform: `translateY(${v.start}px)` }} onClick={() => setAt(v.index)}>
              <HitRow hit={hits[v.index]!} />
            </li>
          ))}
        </ol>
      </div>
    </div>
  )
}
