import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { trailsOf, type SessionFilter } from '../api/queries'
import { ActiveFilters } from '../sessions/ActiveFilters'
import { FilterBar } from '../sessions/FilterBar'
import { NoSessions } from '../sessions/NoSessions'
import { useTitle } from '../shell/useTitle'
import { Empty } from '../ui/Empty'
import { Trouble } from '../ui/Trouble'
import { useRowKeys } from '../ui/useRowKeys'
import { TrailRow } from './TrailRow'
import p from '../ui/Page.module.css'
import s from './TrailsPage.module.css'

const route = getRouteApi('/trails')

/** Whole workflows: sessions that evidence joins. */
export function TrailsPage() {
  useTitle('Trails')
  const filter = route.useSearch()
  const navigate = useNavigate()
  const list = useInfiniteQuery(trailsOf(filter))
  const [joined, setJoined] = useState(false)
  const trails = (list.data?.pages.flatMap((page) => page.items) ?? []).filter((t) => !joined || t.sessions > 1)
  const narrow = route.useNavigate()
  const change = (to: Partial<SessionFilter>) => void narrow({ search: (now) => ({ ...now, ...to }) })
  const [at, setAt] = useRowKeys({
    count: trails.length,
    open: (i) => void navigate({ to: '/trails/$id', params: { id: trails[i]!.id } }),
    show: (i) => document.querySelector(`[data-trail="${i}"]`)?.scrollIntoView({ block: 'nearest' }),
    does: { next: 'next trail', previous: 'previous trail', open: 'open the trail' },
  })
  const more = list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError
  useEffect(() => {
    if (joined && more && trails.length < 20) void list.fetchNextPage()
  }, [joined, more, trails.length, list])
  return (
    <div className={`${p.page} ${p.padded}`}>
      <h1 className="unseen">Trails</h1>
      <FilterBar filter={filter} change={change} />
      <div className="chips">
        <button type="button" className="chip" aria-pressed={joined} onClick={() => setJoined(!joined)}>
          several sessions only
        </button>
        <ActiveFilters filter={filter} change={change} />
      </div>
      {list.error ? (
        <Trouble error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <p className="reading" role="status">
          Reading …
        </p>
      ) : !joined && trails.length === 0 ? (
        <NoSessions filter={filter} />
      ) : trails.length === 0 ? (
        <Empty title="No trail has several sessions">
          <p>
            A trail is a workflow: sessions that keys or identity join. <Link to="/sessions">Sessions</Link> are listed as they were recorded.
          </p>
        </Empty>
      ) : (
        <ul className={s.trails} tabIndex={0} aria-label="Trails">
          {trails.map((t, i) => (
            <TrailRow key={t.id} trail={t} index={i} current={i === at} choose={() => setAt(i)} />
          ))}
          {more && (
            <li>
              <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
                Older trails
              </button>
            </li>
          )}
        </ul>
      )}
    </div>
  )
}
