import { useEffect, useRef, useState, type PointerEvent } from 'react'
import { offset, took } from '../ui/format'
import { toneOf } from '../ui/outcome'
import type { Row } from './rows'

interface Props {
  rows: readonly Row[]
  /** Length of the whole, in milliseconds. */
  whole: number
  range: { from: number; to: number }
  /** Where the chosen row begins. */
  at: number | undefined
  change: (from: number | undefined, to: number | undefined) => void
  zoom: (factor: number) => void
}

/** All of the time at once: how much went on, what failed, where nothing was recorded. Dragging chooses a part of it. */
export function Minimap({ rows, whole, range, at, change, zoom }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [drag, setDrag] = useState<readonly [number, number] | null>(null)
  useEffect(() => {
    const paint = () => canvas.current && draw(canvas.current, rows, whole)
    paint()
    const watch = new ResizeObserver(paint)
    watch.observe(canvas.current!)
    window.addEventListener('theme', paint)
    return () => {
      watch.disconnect()
      window.removeEventListener('theme', paint)
    }
  }, [rows, whole])
  const timeAt = (e: PointerEvent) => {
    const r = e.currentTarget.getBoundingClientRect()
    return Math.min(Math.max((e.clientX - r.left) / r.width, 0), 1) * whole
  }
  const [from, to] = drag ? [Math.min(...drag), Math.max(...drag)] : [range.from, range.to]
  const partial = from > 0 || to < whole
  return (
    <div className="minimap">
      <div
        className="strip"
        aria-hidden="true"
        onPointerDown={(e) => {
          if (e.button !== 0) return
          e.currentTarget.setPointerCapture(e.pointerId)
          setDrag([timeAt(e), timeAt(e)])
        }}
        onPointerMove={(e) => drag && setDrag([drag[0], timeAt(e)])}
        onPointerUp={() => {
          if (drag && Math.abs(drag[1] - drag[0]) > whole / 300) change(Math.min(...drag), Math.max(...drag))
          else if (partial) change(undefined, undefined)
          setDrag(null)
        }}
        onPointerCancel={() => setDrag(null)}
      >
        <canvas ref={canvas} />
        {partial && (
          <>
            <div className="shade" style={{ left: 0, width: `${(from / whole) * 100}%` }} />
            <div className="shade" style={{ left: `${(to / whole) * 100}%`, right: 0 }} />
            <div className="window" style={{ left: `${(from / whole) * 100}%`, width: `${((to - from) / whole) * 100}%` }} />
          </>
        )}
        {at !== undefined && <div className="needle" style={{ left: `${(at / whole) * 100}%` }} />}
      </div>
      <div className="zoom">
        <span className="num dim">
          {partial ? `${offset(from)} – ${offset(to)}` : took(whole)}
        </span>
        <button type="button" className="button small" aria-label="Zoom in" onClick={() => zoom(0.5)}>
          +
        </button>
        <button type="button" className="button small" aria-label="Zoom out" disabled={!partial} onClick={() => zoom(2)}>
          −
        </button>
        <button type="button" className="button small" disabled={!partial} onClick={() => change(undefined, undefined)}>
          Whole
        </button>
      </div>
    </div>
  )
}

function draw(canvas: HTMLCanvasElement, rows: readonly Row[], whole: number) {
  const { clientWidth: width, clientHeight: height } = canvas
  const scale = devicePixelRatio
  canvas.width = width * scale
  canvas.height = height * scale
  const g = canvas.getContext('2d')!
  g.scale(scale, scale)
  const style = getComputedStyle(canvas)
  const colour = (name: string) => style.getPropertyValue(name)
  const bins = { calm: new Float64Array(width), bad: new Float64Array(width) }
  const gaps: number[] = []
  for (const row of rows) {
    const first = Math.min(Math.floor((row.start / whole) * width), width - 1)
    if (row.type === 'gap' || row.type === 'break') gaps.push(first)
    if (row.type !== 'operation') continue
    const last = Math.min(Math.floor((row.end / whole) * width), width - 1)
    const bin = toneOf(row.operation.outcome) === 'bad' ? bins.bad : bins.calm
    for (let x = Math.max(first, 0); x <= last; x++) bin[x] = bin[x]! + 1
  }
  const most = Math.log1p(bins.calm.reduce((m, v, x) => Math.max(m, v + bins.bad[x]!), 1))
  for (let x = 0; x < width; x++) {
    const all = bins.calm[x]! + bins.bad[x]!
    if (all === 0) continue
    const tall = Math.max((Math.log1p(all) / most) * (height - 4), 3)
    g.fillStyle = colour('--calm')
    g.fillRect(x, height - tall, 1, tall)
    if (bins.bad[x]! > 0) {
      g.fillStyle = colour('--bad-fill')
      const part = Math.max((tall * bins.bad[x]!) / all, 3)
      g.fillRect(x, height - part, 1, part)
    }
  }
  g.fillStyle = colour('--warn-fill')
  for (const x of gaps) g.fillRect(x - 1, 0, 3, height)
}
