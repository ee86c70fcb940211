import { took } from '../ui/format'
import s from './Axis.module.css'

/** Times over the bars, half as many where there is little place. */
export function Axis({ range, sparse }: { range: { from: number; to: number }; sparse: boolean }) {
  const ticks = [0, 0.25, 0.5, 0.75]
  return (
    <span className={`${s.axis} ${sparse ? s.sparse : ''}`}>
      {ticks.map((part) => (
        <span key={part} style={{ left: `${part * 100}%` }}>
          {took(range.from + (range.to - range.from) * part)}
        </span>
      ))}
    </span>
  )
}
