import { getRouteApi } from '@tanstack/react-router'
import { useDeferredValue, useMemo } from 'react'
import type { Timeline } from '../api/types'
import { useKeys } from '../keys/keys'
import { Detail } from './Detail'
import { Messages } from './Messages'
import { Minimap } from './Minimap'
import { RowList } from './RowList'
import { choose, kindsOf, place, rowsOf } from './rows'
import type { TimelineSearch } from './search'
import { Toolbar } from './Toolbar'
import { useRange } from './useRange'
import s from './Panes.module.css'

const route = getRouteApi('/sessions/$id')

/** The rows of a timeline, what narrows them, and what is chosen. */
export function TimelineBody({ timeline }: { timeline: Timeline }) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = (to: Partial<TimelineSearch>) => void navigate({ search: (now) => ({ ...now, ...to }), replace: true })
  const view = search.view ?? 'waterfall'
  const rows = useMemo(() => rowsOf(timeline), [timeline])
  const { whole, range, zoom, pan } = useRange(rows, search, change)
  const choice = useDeferredValue(JSON.stringify({ q: search.q ?? '', kinds: search.kind ?? [], failed: !!search.failed, ...range }))
  const shown = useMemo(() => choose(rows, JSON.parse(choice) as Parameters<typeof choose>[1]), [rows, choice])
  const kinds = useMemo(() => kindsOf(rows), [rows])
  const chosen = useMemo(() => (search.at === undefined ? -1 : place(shown, search.at)), [shown, search.at])
  const row = shown[chosen]
  useKeys([
    { keys: ['+', '='], does: 'zoom in', run: () => zoom(0.5, row) },
    { keys: ['-'], does: 'zoom out', run: () => zoom(2, row) },
    { keys: ['0'], does: 'show the whole time', run: () => change({ from: undefined, to: undefined }) },
    { keys: ['h', 'ArrowLeft'], does: 'earlier', run: () => pan(-0.25) },
    { keys: ['l', 'ArrowRight'], does: 'later', run: () => pan(0.25) },
    { keys: ['v'], does: 'waterfall, lanes or messages', run: () => change({ view: view === 'waterfall' ? 'lanes' : view === 'lanes' ? 'messages' : undefined }) },
    { keys: ['f'], does: 'failed operations only', run: () => change({ failed: search.failed ? undefined : '1' }) },
    { keys: ['Escape'], does: 'close the detail', run: () => change({ at: undefined }) },
  ])

  return (
    <>
      <Toolbar search={search} kinds={kinds} shown={shown.length} total={rows.length} change={change} />
      <Minimap rows={rows} whole={whole} range={range} at={row?.start} change={change} zoom={(factor) => zoom(factor, row)} />
      <div className={s.panes}>
        {view === 'messages' ? (
          <Messages timeline={timeline} at={search.at} choose={(at) => change({ at })} beside={search.at !== undefined} />
        ) : (
          <RowList
            rows={shown}
            range={range}
            chosen={chosen}
            choose={(i) => change({ at: shown[i]!.seq })}
            lanes={view === 'lanes' ? [timeline.session.client.name || 'agent', timeline.session.server.name || 'server'] : undefined}
            mark={search.q ?? ''}
            beside={search.at !== undefined}
          />
        )}
        {search.at !== undefined && <Detail key={search.at} source={{ session: timeline.session.id, operations: timeline.operations, facts: timeline.facts }} seq={search.at} close={() => change({ at: undefined })} go={(at) => change({ at })} />}
      </div>
    </>
  )
}
