import { offset } from '../ui/format'
import { speeds } from './search'
import s from './Controls.module.css'

interface Props {
  t: number
  whole: number
  playing: boolean
  speed: number
  skip: boolean
  toggle: () => void
  step: (by: 1 | -1) => void
  seek: (t: number) => void
  setSpeed: (speed: number) => void
  setSkip: (skip: boolean) => void
  pin: () => void
}

/** The buttons of the player. */
export function Controls(p: Props) {
  return (
    <div className={s.controls}>
      <button type="button" className="button" aria-label="To the start" onClick={() => p.seek(0)}>
        ❘◂◂
      </button>
      <button type="button" className="button" aria-label="Step back" onClick={() => p.step(-1)}>
        ◂❘
      </button>
      <button type="button" className={`button primary ${s.play}`} onClick={p.toggle}>
        {p.playing ? 'Pause' : 'Play'}
      </button>
      <button type="button" className="button" aria-label="Step on" onClick={() => p.step(1)}>
        ❘▸
      </button>
      <output className={s.clock}>
        {offset(p.t)} <span className={`dim ${s.whole}`}>/ {offset(p.whole)} s</span>
      </output>
      <label>
        <span className="dim">speed </span>
        <select value={p.speed} onChange={(e) => p.setSpeed(Number(e.target.value))}>
          {speeds.map((speed) => (
            <option key={speed} value={speed}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
      <label>
        <input type="checkbox" checked={p.skip} onChange={(e) => p.setSkip(e.target.checked)} /> skip idle time
      </label>
      <button type="button" className="button push" onClick={p.pin}>
        Pin this moment
      </button>
    </div>
  )
}
