import type { Event } from '../../api/types'
import { Moment } from '../../ui/Moment'
import { Recorded } from '../../ui/Recorded'
import { Entry } from './Entry'

/** Where and when the first event of an operation was recorded. */
export function Provenance({ event }: { event: Event }) {
  return (
    <>
      <Entry name="time">
        <Moment time={event.time} />
      </Entry>
      <Entry name="collector">
        <Recorded text={event.collector_id} /> <span className="dim">record {event.collector_seq}</span>
      </Entry>
      <Entry name="JSON-RPC id">
        <Recorded text={event.rpc_id || 'none'} />
      </Entry>
    </>
  )
}
