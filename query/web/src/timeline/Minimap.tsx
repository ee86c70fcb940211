import { useState, type PointerEvent } from 'react'
import { offset, took } from '../ui/format'
import { Density } from './Density'
import type { Bounds, Range } from './range'
import type { Row } from './rows'
import s from './Minimap.module.css'

interface Props {
  rows: readonly Row[]
  /** Length of the whole, in milliseconds. */
  whole: number
  range: Range
  /** Where the chosen row begins. */
  at: number | undefined
  change: (to: Bounds) => void
  zoom: (factor: number) => void
}

/** All of the time at once: how much went on, what failed, where nothing was recorded. Dragging chooses a part of it. */
export function Minimap({ rows, whole, range, at, change, zoom }: Props) {
  const [drag, setDrag] = useState<readonly [number, number] | null>(null)
  const timeAt = (e: PointerEvent) => {
    const r = e.currentTarget.getBoundingClientRect()
    return Math.min(Math.max((e.clientX - r.left) / r.width, 0), 1) * whole
  }
  const [from, to] = drag ? [Math.min(...drag), Math.max(...drag)] : [range.from, range.to]
  const partial = from > 0 || to < whole
  return (
    <div className={s.minimap}>
      <div
        className={s.strip}
        aria-hidden="true"
        onPointerDown={(e) => {
          if (e.button !== 0) return
          e.currentTarget.setPointerCapture(e.pointerId)
          setDrag([timeAt(e), timeAt(e)])
        }}
        onPointerMove={(e) => drag && setDrag([drag[0], timeAt(e)])}
        onPointerUp={() => {
          if (drag && Math.abs(drag[1] - drag[0]) > whole / 300) change({ from: Math.min(...drag), to: Math.max(...drag) })
          else if (partial) change({ from: undefined, to: undefined })
          setDrag(null)
        }}
        onPointerCancel={() => setDrag(null)}
      >
        <Density rows={rows} whole={whole} />
        {partial && (
          <>
            <div className={s.shade} style={{ left: 0, width: `${(from / whole) * 100}%` }} />
            <div className={s.shade} style={{ left: `${(to / whole) * 100}%`, right: 0 }} />
            <div className={s.window} style={{ left: `${(from / whole) * 100}%`, width: `${((to - from) / whole) * 100}%` }} />
          </>
        )}
        {at !== undefined && <div className={s.needle} style={{ left: `${(at / whole) * 100}%` }} />}
      </div>
      <div className={s.zoom}>
        <span className={`num dim ${s.range}`}>
          {partial ? `${offset(from)} – ${offset(to)}` : took(whole)}
        </span>
        <button type="button" className="button small" aria-label="Zoom in" onClick={() => zoom(0.5)}>
          +
        </button>
        <button type="button" className="button small" aria-label="Zoom out" disabled={!partial} onClick={() => zoom(2)}>
          −
        </button>
        <button type="button" className="button small" disabled={!partial} onClick={() => change({ from: undefined, to: undefined })}>
          Whole
        </button>
      </div>
    </div>
  )
}
