import { Density } from '../timeline/Density'
import type { Row } from '../timeline/rows'
import { offset } from '../ui/format'
import s from './Scrubber.module.css'

interface Props {
  rows: readonly Row[]
  whole: number
  t: number
  seek: (t: number) => void
}

/** All of the time, to move in. */
export function Scrubber({ rows, whole, t, seek }: Props) {
  return (
    <div className={s.scrubber}>
      <Density rows={rows} whole={whole} />
      <div className={s.needle} style={{ left: `${(t / whole) * 100}%` }} />
      <input type="range" aria-label="Time" aria-valuetext={`${offset(t)} seconds`} min={0} max={whole} step={whole / 2000} value={t} onChange={(e) => seek(Number(e.target.value))} />
    </div>
  )
}
