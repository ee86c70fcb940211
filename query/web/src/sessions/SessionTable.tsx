import { useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { SessionSummary } from '../api/types'
import { GridHead } from '../ui/GridHead'
import { useRowKeys } from '../ui/useRowKeys'
import { SessionRow } from './SessionRow'
import g from '../ui/Grid.module.css'
import s from './SessionTable.module.css'

interface Props {
  sessions: readonly SessionSummary[]
  /** Asks for more rows, where there are more. */
  more: (() => void) | undefined
}

const heads = ['Started (UTC)', 'Agent → server', 'Principal', 'Transport', 'Ops', 'Tools', 'Failed', 'Length', 'State', 'Session']

/** Sessions, newest first. Rows come as they are scrolled to. */
export function SessionTable({ sessions, more }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const navigate = useNavigate()
  const rows = useVirtualizer({ count: sessions.length, getScrollElement: () => box.current, estimateSize: () => (innerWidth < 720 ? 62 : 28), overscan: 20 })
  const [at, setAt] = useRowKeys({
    count: sessions.length,
    open: (i) => void navigate({ to: '/sessions/$id', params: { id: sessions[i]!.id } }),
    show: (i) => rows.scrollToIndex(i),
    does: { next: 'next session', previous: 'previous session', open: 'open the session' },
  })
  const items = rows.getVirtualItems()
  const end = items.at(-1)?.index ?? -1
  useEffect(() => {
    if (more && end >= sessions.length - 20) more()
  }, [end, more, sessions.length])
  return (
    <div className={`${g.grid} ${s.sessions}`} role="table" aria-label="Sessions" aria-rowcount={sessions.length + 1}>
      <GridHead names={heads} />
      <div className={g.scroll} ref={box} tabIndex={0} role="rowgroup" aria-label="Rows">
        <div style={{ height: rows.getTotalSize() }} role="presentation" className={g.tall}>
          {items.map((v) => (
            <SessionRow key={v.key} session={sessions[v.index]!} index={v.index} top={v.start} current={v.index === at} choose={() => setAt(v.index)} />
          ))}
        </div>
      </div>
    </div>
  )
}
