import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { useRowKeys } from '../ui/useRowKeys'
import { Axis } from './Axis'
import { LaneHead } from './LaneHead'
import type { Row } from './rows'
import { TimelineRow } from './TimelineRow'
import g from '../ui/Grid.module.css'
import s from './RowList.module.css'

interface Props {
  rows: readonly Row[]
  range: { from: number; to: number }
  chosen: number
  choose: (index: number) => void
  /** Names of the lanes, the agent first; without them rows show bars. */
  lanes: readonly string[] | undefined
  mark: string
  /** Whether a detail stands beside them. */
  beside: boolean
}

export const rowHeight = 25

/** Rows of a timeline, as many as are seen. */
export function RowList({ rows, range, chosen, choose, lanes, mark, beside }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const list = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 30 })
  const [, setAt] = useRowKeys({
    count: rows.length,
    open: choose,
    show: (i) => {
      list.scrollToIndex(i)
      choose(i)
    },
    does: { next: 'next operation', previous: 'previous operation', open: 'open the operation' },
  })
  useEffect(() => {
    setAt(chosen)
    if (chosen >= 0) list.scrollToIndex(chosen, { align: 'auto' })
  }, [chosen, setAt, list])

  return (
    <div className={`${g.grid} ${s.rows} ${lanes ? s.lanes : ''} ${beside ? s.beside : ''}`} role="table" aria-label="Timeline" aria-rowcount={rows.length + 1}>
      <div role="rowgroup">
        <div className={`${g.row} ${g.head}`} role="row" aria-rowindex={1}>
          <span role="columnheader">Seq</span>
          <span role="columnheader">At</span>
          <span role="columnheader">Operation</span>
          <span role="columnheader">Outcome</span>
          <span role="columnheader">Took</span>
          <span role="columnheader">
            {lanes ? <LaneHead lanes={lanes} /> : <Axis range={range} sparse={beside} />}
          </span>
        </div>
      </div>
      <div className={g.scroll} ref={box} tabIndex={0} role="rowgroup" aria-label="Rows" data-testid="rows">
        <div className={g.tall} style={{ height: list.getTotalSize() }} role="presentation">
          {list.getVirtualItems().map((v) => (
            <TimelineRow
              key={v.key}
              row={rows[v.index]!}
              index={v.index}
              top={v.start}
              from={range.from}
              to={range.to}
              lanes={lanes?.length ?? 0}
              current={v.index === chosen}
              choose={choose}
              mark={mark}
            />
          ))}
        </div>
        {rows.length === 0 && <p className="reading">No row is like that. Take a filter away, or show the whole time with 0.</p>}
      </div>
    </div>
  )
}
