import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Trail, TrailTimeline } from '../api/types'
import { useKeys } from '../keys/keys'
import { Minimap } from '../timeline/Minimap'
import { RowList } from '../timeline/RowList'
import { choose, kindsOf } from '../timeline/rows'
import { Toolbar } from '../timeline/Toolbar'
import { useRange } from '../timeline/useRange'
import { lanesOf, trailRows } from './rows'
import type { TrailSearch } from './search'
import { TrailDetail } from './TrailDetail'
import panes from '../timeline/Panes.module.css'

const route = getRouteApi('/trails/$id')

/** The operations of a trail, over all its servers. */
export function TrailBody({ trail, pages }: { trail: Trail; pages: readonly TrailTimeline[] }) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = (to: Partial<TrailSearch>) => void navigate({ search: (now) => ({ ...now, ...to }), replace: true })
  const rows = useMemo(() => trailRows(trail, pages), [trail, pages])
  const { whole, range, zoom } = useRange(rows, search, change)
  const shown = useMemo(
    () => choose(rows, { q: search.q ?? '', kinds: search.kind ?? [], failed: !!search.failed, from: search.from ?? 0, to: search.to ?? whole }),
    [rows, whole, search.q, search.kind, search.failed, search.from, search.to],
  )
  const chosen = shown.findIndex((r) => r.seq === search.at && r.session === search.in)
  const row = shown[chosen]
  useKeys([
    { keys: ['+', '='], does: 'zoom in', run: () => zoom(0.5, row) },
    { keys: ['-'], does: 'zoom out', run: () => zoom(2, row) },
    { keys: ['0'], does: 'show the whole time', run: () => change({ from: undefined, to: undefined }) },
    { keys: ['v'], does: 'waterfall or lanes', run: () => change({ view: search.view ? undefined : 'lanes' }) },
    { keys: ['f'], does: 'failed operations only', run: () => change({ failed: search.failed ? undefined : '1' }) },
    { keys: ['Escape'], does: 'close the detail', run: () => change({ at: undefined, in: undefined }) },
  ])
  return (
    <>
      <Toolbar
        search={search}
        kinds={kindsOf(rows)}
        shown={shown.length}
        total={rows.length}
        change={({ view, ...rest }) => change(Object.keys(rest).length === 0 ? { view: view === 'lanes' ? view : undefined } : rest)}
        messages={false}
      />
      <Minimap rows={rows} whole={whole} range={range} at={row?.start} change={change} zoom={(factor) => zoom(factor, row)} />
      <div className={panes.panes}>
        <RowList
          rows={shown}
          range={range}
          chosen={chosen}
          choose={(i) => change({ at: shown[i]!.seq, in: shown[i]!.session })}
          lanes={search.view === 'lanes' ? lanesOf(trail) : undefined}
          mark={search.q ?? ''}
          beside={search.at !== undefined}
        />
        {search.at !== undefined && search.in && <TrailDetail key={`${search.in} ${search.at}`} session={search.in} seq={search.at} change={change} />}
      </div>
    </>
  )
}
