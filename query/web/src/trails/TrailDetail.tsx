import { useQuery, useQueryClient } from '@tanstack/react-query'
import { timelineOf } from '../api/timeline'
import { Detail } from '../timeline/Detail'
import { Trouble } from '../ui/Trouble'
import type { TrailSearch } from './search'

interface Props {
  session: string
  seq: number
  change: (to: Partial<TrailSearch>) => void
}

/** The detail of a row of a trail. It is looked up in the timeline of the row's own session, which is read for it. */
export function TrailDetail({ session, seq, change }: Props) {
  const timeline = useQuery(timelineOf(useQueryClient(), session))
  if (timeline.error) return <Trouble error={timeline.error} retry={() => void timeline.refetch()} />
  if (!timeline.data) return <p className="detail reading">Reading …</p>
  const source = { session, operations: timeline.data.operations, facts: timeline.data.facts }
  return <Detail source={source} seq={seq} close={() => change({ at: undefined, in: undefined })} go={(at) => change({ at })} />
}
