import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { trailOf, trailTimelineOf } from '../api/queries'
import { useTitle } from '../shell/useTitle'
import { plain } from '../ui/text'
import { Trouble } from '../ui/Trouble'
import { Joins } from './Joins'
import { TrailBody } from './TrailBody'
import { TrailHead } from './TrailHead'
import { integrityOf } from './rows'
import p from '../ui/Page.module.css'

const route = getRouteApi('/trails/$id')

/** One workflow over all its sessions and servers. */
export function TrailPage() {
  const { id } = route.useParams()
  const trail = useQuery(trailOf(id))
  const timeline = useInfiniteQuery(trailTimelineOf(id))
  const [why, setWhy] = useState(false)
  useTitle(plain(trail.data?.name || 'Trail'))
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = timeline
  useEffect(() => {
    // A page that failed is read again when the reader asks for it, or the failure would repeat without end.
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage])
  const proved = useMemo(() => integrityOf(timeline.data?.pages ?? []), [timeline.data])
  if (trail.error) return <Trouble error={trail.error} retry={() => void trail.refetch()} />
  if (timeline.error) return <Trouble error={timeline.error} retry={() => void timeline.refetch()} />
  if (!trail.data || !timeline.data) return <p className="reading">Reading the trail …</p>
  return (
    <div className={p.page}>
      <TrailHead trail={trail.data} proved={proved} why={why} setWhy={setWhy} />
      {why && <Joins trail={trail.data} proved={proved} />}
      <TrailBody trail={trail.data} pages={timeline.data.pages} />
    </div>
  )
}
