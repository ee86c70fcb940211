import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { timelineOf } from '../api/timeline'
import type { Trail, TrailTimeline } from '../api/types'
import { useKeys } from '../keys/keys'
import { Detail } from '../timeline/Detail'
import { Minimap } from '../timeline/Minimap'
import { RowList } from '../timeline/RowList'
import { choose, kindsOf } from '../timeline/rows'
import { Toolbar } from '../timeline/Toolbar'
import { lanesOf, trailRows } from './rows'
import type { TrailSearch } from './search'

const route = getRouteApi('/trails/$id')

/** The operations of a trail, over all its servers. */
export function TrailBody({ trail, pages }: { trail: Trail; pages: readonly TrailTimeline[] }) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = (to: Partial<TrailSearch>) => void navigate({ search: (now) => ({ ...now, ...to }), replace: true })
  const rows = useMemo(() => trailRows(trail, pages), [trail, pages])
  const whole = useMemo(() => rows.reduce((end, r) => Math.max(end, r.end), 1), [rows])
  const range = { from: search.from ?? 0, to: search.to ?? whole }
  const shown = useMemo(
    () => choose(rows, { q: search.q ?? '', kinds: search.kind ?? [], failed: !!search.failed, from: search.from ?? 0, to: search.to ?? whole }),
    [rows, whole, search.q, search.kind, search.failed, search.from, search.to],
  )
  const chosen = shown.findIndex((r) => r.seq === search.at && r.session === search.in)
  const zoom = (factor: number) => {
    const middle = shown[chosen]?.start ?? (range.from + range.to) / 2
    const half = Math.max(((range.to - range.from) * factor) / 2, 0.05)
    const [from, to] = [Math.max(middle - half, 0), Math.min(middle + half, whole)]
    change(from <= 0 && to >= whole ? { from: undefined, to: undefined } : { from, to })
  }
  useKeys([
    { keys: ['+', '='], does: 'zoom in', run: () => zoom(0.5) },
    { keys: ['-'], does: 'zoom out', run: () => zoom(2) },
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
      <Minimap rows={rows} whole={whole} range={range} at={shown[chosen]?.start} change={(from, to) => change({ from, to })} zoom={zoom} />
      <div className={`panes ${search.at !== undefined ? 'with-detail' : ''}`}>
        <RowList
          rows={shown}
          range={range}
          chosen={chosen}
          choose={(i) => change({ at: shown[i]!.seq, in: shown[i]!.session })}
          lanes={search.view === 'lanes' ? lanesOf(trail) : undefined}
          mark={search.q ?? ''}
        />
        {search.at !== undefined && search.in && <TrailDetail key={`${search.in} ${search.at}`} session={search.in} seq={search.at} change={change} />}
      </div>
    </>
  )
}

function TrailDetail({ session, seq, change }: { session: string; seq: number; change: (to: Partial<TrailSearch>) => void }) {
  const timeline = useQuery(timelineOf(useQueryClient(), session))
  if (!timeline.data) return <p className="detail reading">Reading …</p>
  const source = { session, operations: timeline.data.operations, facts: timeline.data.facts }
  return <Detail source={source} seq={seq} close={() => change({ at: undefined, in: undefined })} go={(at) => change({ at })} />
}
