import { took } from '../ui/format'

/** Times over the bars. */
export function Axis({ range }: { range: { from: number; to: number } }) {
  const ticks = [0, 0.25, 0.5, 0.75]
  return (
    <span className="axis">
      {ticks.map((part) => (
        <span key={part} style={{ left: `${part * 100}%` }}>
          {took(range.from + (range.to - range.from) * part)}
        </span>
      ))}
    </span>
  )
}
