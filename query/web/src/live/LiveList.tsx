import { useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { Event } from '../api/types'
import { useRowKeys } from '../ui/useRowKeys'
import { LiveRow } from './LiveRow'

/** Events in the order in which they came; the newest is at the end, and in sight while it is followed. */
export function LiveList({ events, follow }: { events: readonly Event[]; follow: boolean }) {
  const box = useRef<HTMLDivElement>(null)
  const navigate = useNavigate()
  const list = useVirtualizer({ count: events.length, getScrollElement: () => box.current, estimateSize: () => 23, overscan: 30 })
  const [at, setAt] = useRowKeys({
    count: events.length,
    open: (i) => void navigate({ to: '/sessions/$id', params: { id: events[i]!.session_id }, search: { at: events[i]!.seq } }),
    show: (i) => list.scrollToIndex(i),
    does: { next: 'next event', previous: 'previous event', open: 'open the event in its session' },
  })
  useEffect(() => {
    if (follow && at < 0) list.scrollToIndex(events.length - 1)
  }, [events.length, follow, at, list])
  return (
    <div className="grid live-rows" role="table" aria-label="Events" aria-rowcount={events.length}>
      <div className="scroll" ref={box} tabIndex={0} role="rowgroup" aria-label="Rows">
        <div className="tall" role="presentation" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((v) => (
            <LiveRow key={v.key} event={events[v.index]!} top={v.start} current={v.index === at} choose={() => setAt(v.index)} />
          ))}
        </div>
      </div>
    </div>
  )
}
