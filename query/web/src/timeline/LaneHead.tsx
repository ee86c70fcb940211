import { Recorded } from '../ui/Recorded'
import { laneAt } from './lanes'
import s from './LaneHead.module.css'

/** Names over the lanes. */
export function LaneHead({ lanes }: { lanes: readonly string[] }) {
  return (
    <span className={s.lanes}>
      {lanes.map((name, i) => (
        <span key={i} style={{ left: `${laneAt(i, lanes.length)}%`, maxWidth: `${96 / lanes.length}%` }}>
          <Recorded text={name} most={40} />
        </span>
      ))}
    </span>
  )
}
