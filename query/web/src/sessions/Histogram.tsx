import { useRef, useState, type PointerEvent } from 'react'
import type { SessionFilter } from '../api/queries'
import type { Facets } from '../api/types'
import { utc } from '../ui/format'

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
  const step = facets.step_ms || 1000
  const first = Date.parse(facets.histogram[0]!.time)
  const last = Date.parse(facets.histogram.at(-1)!.time) + step
  const slots = Math.max(Math.round((last - first) / step), 24)
  const most = Math.max(...facets.histogram.map((b) => b.sessions))
  const narrow = (from: number, to: number) =>
    change({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })
  const timeAt = (e: PointerEvent) => {
    const r = box.current!.getBoundingClientRect()
    return first + Math.min(Math.max((e.clientX - r.left) / r.width, 0), 1) * slots * step
  }
  const left = (t: number) => `${((t - first) / (slots * step)) * 100}%`

  return (
    <section className="histogram" aria-label="Sessions over time">
      <div
        ref={box}
        className="bars"
        onPointerDown={(e) => {
          if (e.button === 0) setDrag([timeAt(e), timeAt(e)])
        }}
        onPointerMove={(e) => {
          if (!drag) return
          if (Math.abs(timeAt(e) - drag[0]) > step / 2) e.currentTarget.setPointerCapture(e.pointerId)
          setDrag([drag[0], timeAt(e)])
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
              className="bar"
              title={name}
              aria-label={name}
              style={{ left: left(at), width: `max(3px, calc(${100 / slots}% - 1px))`, height: Math.max((b.sessions / most) * height, 3) }}
              onClick={() => narrow(at, at + step)}
            >
              <span style={{ height: `${(b.failed / b.sessions) * 100}%` }} />
            </button>
          )
        })}
        {drag && <div className="brush" style={{ left: left(Math.min(...drag)), width: `${(Math.abs(drag[1] - drag[0]) / (slots * step)) * 100}%` }} />}
      </div>
      <div className="axis" aria-hidden="true">
        <span>
          {utc(first).day} {utc(first).time.slice(0, 8)}
        </span>
        {(filter.from || filter.to) && (
          <button type="button" className="link" tabIndex={-1} onClick={() => change({ from: undefined, to: undefined })}>
            all times
          </button>
        )}
        <span>
          {utc(first + slots * step).day} {utc(first + slots * step).time.slice(0, 8)} UTC
        </span>
      </div>
    </section>
  )
}
