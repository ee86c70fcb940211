import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { timelineOf } from '../api/timeline'
import { useTitle } from '../shell/useTitle'
import { SessionHead } from '../timeline/SessionHead'
import { Trouble } from '../ui/Trouble'
import { short } from '../ui/format'
import { Player } from './Player'
import p from '../ui/Page.module.css'

const route = getRouteApi('/sessions/$id/replay')

/** One session again, in its own time. */
export function ReplayPage() {
  const { id } = route.useParams()
  useTitle(`Replay ${short(id)}`)
  const timeline = useQuery(timelineOf(useQueryClient(), id))
  if (timeline.error) return <Trouble error={timeline.error} retry={() => void timeline.refetch()} />
  if (!timeline.data || timeline.data.beginning) {
    return (
      <p className="reading" role="status">
        Reading the session …
      </p>
    )
  }
  return (
    <div className={p.page}>
      <SessionHead timeline={timeline.data} place="replay" />
      <Player timeline={timeline.data} />
    </div>
  )
}
