import { useRef, useState, type PointerEvent } from 'react'
import type { SessionFilter } from '../api/queries'
import type { Facets } from '../api/types'
import { utc } from '../ui/format'
import { partOf, slotsOf, timeAt } from './slots'
import s from './Histogram.module.css'

interface Props {
  facets: Facets
  filter: SessionFilter
  change: (to: Partial<SessionFilter>) => void
}

const height = 56

/** Sessions over time. Dragging over it, or choosing a bar, narrows the list to that time. */
export function Histogram({ facets, filter, change }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<readonly [number, number] | null>(null)
  const slots = slotsOf(facets)
  const { first, end, step } = slots
  const most = Math.max(...facets.histogram.map((b) => b.sessions))
  const narrow = (from: number, to: number) =>
    change({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })
  const pointed = (e: PointerEvent) => {
    const r = box.current!.getBoundingClientRect()
    return timeAt(slots, (e.clientX - r.left) / r.width)
  }
  const left = (t: number) => `${partOf(slots, t) * 100}%`

  return (
    <section aria-label="Sessions over time">
      <div
        ref={box}
        className={s.bars}
        onPointerDown={(e) => {
          if (e.button === 0) setDrag([pointed(e), pointed(e)])
        }}
        onPointerMove={(e) => {
          if (!drag) return
          if (Math.abs(pointed(e) - drag[0]) > step / 2) e.currentTarget.setPointerCapture(e.pointerId)
          setDrag([drag[0], pointed(e)])
        }}
        onPointerUp={() => {
          if (drag && Math.abs(drag[1] - drag[0]) > step / 2) narrow(Math.min(...drag), Math.max(...drag))
          setDrag(null)
        }}
        onPointerCancel={() => setDrag(null)}
      >
        {facets.histogram.map((b) => {
          const at = Date.parse(b.time)
          const name = `${utc(at).day} ${utc(at).time.slice(0, 8)}: ${b.sessions} sessions, ${b.failed} with failures`
          return (
            <button
              key={b.time}
              type="button"
              className={s.bar}
              title={name}
              aria-label={name}
              style={{ left: left(at), width: `max(3px, calc(${100 / slots.count}% - 1px))`, height: Math.max((b.sessions / most) * height, 3) }}
              onClick={() => narrow(at, at + step)}
            >
              <span style={{ height: `${(b.failed / b.sessions) * 100}%` }} />
            </button>
          )
        })}
        {drag && <div className={s.brush} style={{ left: left(Math.min(...drag)), width: `${(Math.abs(drag[1] - drag[0]) / (end - first)) * 100}%` }} />}
      </div>
      <div className={s.axis} aria-hidden="true">
        <span>
          {utc(first).day} {utc(first).time.slice(0, 8)}
        </span>
        {(filter.from || filter.to) && (
          <button type="button" className="link" tabIndex={-1} onClick={() => change({ from: undefined, to: undefined })}>
            all times
          </button>
        )}
        <span>
          {utc(end).day} {utc(end).time.slice(0, 8)} UTC
        </span>
      </div>
    </section>
  )
}
