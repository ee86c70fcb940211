import { useQueries } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { eventPage, eventsOf } from '../api/queries'
import type { Timeline } from '../api/types'
import { GridHead } from '../ui/GridHead'
import { Trouble } from '../ui/Trouble'
import { useRowKeys } from '../ui/useRowKeys'
import { MessageRow } from './MessageRow'
import g from '../ui/Grid.module.css'
import s from './Messages.module.css'

interface Props {
  timeline: Timeline
  at: number | undefined
  choose: (seq: number) => void
  /** Whether a detail stands beside it. */
  beside: boolean
}

const heads = ['Seq', 'At', 'Way', 'Kind', 'Method', 'Id', 'Outcome', 'Size']

/** The record itself, one event a row, read page by page where it is looked at. */
export function Messages({ timeline, at, choose, beside }: Props) {
  const box = useRef<HTMLDivElement>(null)
  // Numbers are dense, so that a row's place is its number; lost ones have a place too.
  const lost = timeline.gaps.reduce((n, gap) => n + (gap.named_by === null ? gap.to_seq - gap.from_seq + 1 : gap.count), 0)
  const size = timeline.session.events + lost
  const list = useVirtualizer({ count: size, getScrollElement: () => box.current, estimateSize: () => 23, overscan: 30 })
  const items = list.getVirtualItems()
  const first = Math.floor((items[0]?.index ?? 0) / eventPage)
  const last = Math.floor((items.at(-1)?.index ?? 0) / eventPage)
  const pages = useQueries({
    queries: Array.from({ length: last - first + 1 }, (_, i) => eventsOf(timeline.session.id, first + i, timeline.session.complete)),
  })
  const failed = pages.find((p) => p.error && !p.isFetching)
  // Of a page that was not read nobody can say that an event does not exist.
  const reading = (seq: number) => {
    const page = pages[Math.floor(seq / eventPage) - first]
    return !page?.data || page.isFetching
  }
  const bySeq = new Map(pages.flatMap((p) => p.data ?? []).map((e) => [e.seq, e]))
  const show = (i: number) => {
    list.scrollToIndex(i)
    choose(i)
  }
  const [, setAt] = useRowKeys({ count: size, open: choose, show, does: { next: 'next message', previous: 'previous message', open: 'open the message' } })
  useEffect(() => {
    setAt(at ?? -1)
    if (at !== undefined) list.scrollToIndex(at, { align: 'auto' })
  }, [at, setAt, list])
  return (
    <div className={s.list}>
      <div className={`${g.grid} ${s.messages} ${beside ? s.beside : ''}`} role="table" aria-label="Messages" aria-rowcount={size + 1}>
        <GridHead names={heads} silent="Way" />
        <div className={g.scroll} ref={box} tabIndex={0} role="rowgroup" aria-label="Rows">
          <div className={g.tall} style={{ height: list.getTotalSize() }} role="presentation">
            {items.map((v) => (
              <MessageRow key={v.key} seq={v.index} event={bySeq.get(v.index)} reading={reading(v.index)} top={v.start} current={v.index === at} choose={choose} />
            ))}
          </div>
        </div>
      </div>
      {failed?.error && <Trouble error={failed.error} retry={() => pages.forEach((p) => p.error && void p.refetch())} />}
    </div>
  )
}
