import { useQuery, useQueryClient } from '@tanstack/react-query'
import { timelineOf } from '../api/timeline'
import { Detail } from '../timeline/Detail'
import { Trouble } from '../ui/Trouble'
import type { TrailSearch } from './search'
import d from '../timeline/Detail.module.css'

interface Props {
  session: string
  seq: number
  change: (to: Partial<TrailSearch>) => void
}

/** The detail of a row of a trail. It is looked up in the timeline of the row's own session, which is read for it. */
export function TrailDetail({ session, seq, change }: Props) {
  const timeline = useQuery(timelineOf(useQueryClient(), session))
  const close = () => change({ at: undefined, in: undefined })
  if (!timeline.data) {
    return (
      <aside className={d.detail} aria-label="Detail">
        <header>
          <button type="button" className="button small push" aria-label="Close the detail" onClick={close}>
            ×
          </button>
        </header>
        {timeline.error ? (
          <Trouble error={timeline.error} retry={() => void timeline.refetch()} />
        ) : (
          <p className="reading" role="status">
            Reading …
          </p>
        )}
      </aside>
    )
  }
  const source = { session, operations: timeline.data.operations, facts: timeline.data.facts }
  return <Detail source={source} seq={seq} close={close} go={(at) => change({ at })} />
}
