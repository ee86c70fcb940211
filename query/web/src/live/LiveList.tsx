import { useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { Event } from '../api/types'
import { GridHead } from '../ui/GridHead'
import { useRowKeys } from '../ui/useRowKeys'
import { LiveRow } from './LiveRow'
import g from '../ui/Grid.module.css'
import s from './LiveList.module.css'

const heads = ['Time (UTC)', 'Session', 'Agent → server', 'Seq', 'Way', 'Kind', 'Method', 'Outcome', 'Size']

interface Props {
  events: readonly Event[]
  /** Whether the newest one is kept in sight. */
  follow: boolean
  /** Keeps the list still, so that what is looked at does not move away. */
  hold: () => void
}

/** Events in the order in which they came; the newest is at the end. */
export function LiveList({ events, follow, hold }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const navigate = useNavigate()
  const list = useVirtualizer({ count: events.length, getScrollElement: () => box.current, estimateSize: () => 23, overscan: 30 })
  const [at, setAt] = useRowKeys({
    count: events.length,
    open: (i) => void navigate({ to: '/sessions/$id', params: { id: events[i]!.session_id }, search: { at: events[i]!.seq } }),
    show: (i) => {
      hold()
      list.scrollToIndex(i)
    },
    does: { next: 'next event', previous: 'previous event', open: 'open the event in its session' },
    begin: events.length - 1,
  })
  useEffect(() => {
    if (!follow) return
    setAt(-1)
    list.scrollToIndex(events.length - 1)
  }, [events, follow, setAt, list])
  return (
    <div className={`${g.grid} ${s.events}`} role="table" aria-label="Events" aria-rowcount={events.length + 1}>
      <GridHead names={heads} silent="Way" />
      <div className={g.scroll} ref={box} tabIndex={0} role="rowgroup" aria-label="Rows">
        <div className={g.tall} role="presentation" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((v) => (
            <LiveRow key={v.key} index={v.index} event={events[v.index]!} top={v.start} current={v.index === at} choose={() => (setAt(v.index), hold())} />
          ))}
        </div>
      </div>
    </div>
  )
}
