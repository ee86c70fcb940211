import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { facetsOf, sessionsOf, type SessionFilter } from '../api/queries'
import { useTitle } from '../shell/useTitle'
import { Trouble } from '../ui/Trouble'
import { count, several } from '../ui/format'
import { ActiveFilters } from './ActiveFilters'
import { FacetRail } from './FacetRail'
import { FilterBar } from './FilterBar'
import { Histogram } from './Histogram'
import { NoSessions } from './NoSessions'
import { SessionTable } from './SessionTable'
import p from '../ui/Page.module.css'
import s from './SessionsPage.module.css'

const route = getRouteApi('/sessions')

/** The record by sessions: what to narrow it to, when it happened, and the list. */
export function SessionsPage() {
  useTitle('Sessions')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const [facetsOpen, setFacetsOpen] = useState(false)
  const list = useInfiniteQuery(sessionsOf(filter))
  const facets = useQuery(facetsOf(filter))
  const change = (to: Partial<SessionFilter>) => void navigate({ search: (now) => ({ ...now, ...to }) })
  const sessions = list.data?.pages.flatMap((page) => page.items) ?? []

  return (
    <div className={`${p.page} ${s.railed}`}>
      <h1 className="unseen">Sessions</h1>
      <FacetRail facets={facets.data} filter={filter} change={change} open={facetsOpen} />
      <div className={s.column}>
        <FilterBar filter={filter} change={change} facetsOpen={facetsOpen} toggleFacets={() => setFacetsOpen(!facetsOpen)} />
        <ActiveFilters filter={filter} change={change} />
        {facets.data && facets.data.total > 0 && <Histogram facets={facets.data} filter={filter} change={change} />}
        {facets.error && !list.error && <Trouble error={facets.error} retry={() => void facets.refetch()} />}
        {facets.data && (
          <p className={s.tally} role="status">
            <b>{several(facets.data.total, 'session')}</b>
            {facets.data.errors > 0 && <span className="bad"> · {count(facets.data.errors)} with failed operations</span>}
            {list.isFetching && <span className="dim"> · reading</span>}
          </p>
        )}
        {list.error ? (
          <Trouble error={list.error} retry={() => void list.refetch()} />
        ) : list.data && sessions.length === 0 ? (
          <NoSessions filter={filter} />
        ) : (
          <SessionTable sessions={sessions} more={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined} />
        )}
      </div>
    </div>
  )
}
