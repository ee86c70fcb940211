import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { timelineOf } from '../api/timeline'
import { useTitle } from '../shell/useTitle'
import { short } from '../ui/format'
import { Trouble } from '../ui/Trouble'
import { SessionHead } from './SessionHead'
import { TimelineBody } from './TimelineBody'
import p from '../ui/Page.module.css'

const route = getRouteApi('/sessions/$id')

/** One session, rebuilt. */
export function TimelinePage() {
  const { id } = route.useParams()
  const client = useQueryClient()
  const timeline = useQuery(timelineOf(client, id))
  useTitle(`Session ${short(id)}`)
  if (timeline.error) return <Trouble error={timeline.error} retry={() => void timeline.refetch()} />
  if (!timeline.data) {
    return (
      <p className="reading" role="status">
        Reading the session …
      </p>
    )
  }
  return (
    <div className={p.page}>
      <SessionHead timeline={timeline.data} />
      <TimelineBody timeline={timeline.data} />
    </div>
  )
}
