import { useEffect, useRef } from 'react'
import { binsOf } from './bins'
import type { Row } from './rows'
import s from './Density.module.css'

/** How much went on over time, what of it failed, and where nothing was recorded. */
export function Density({ rows, whole }: { rows: readonly Row[]; whole: number }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const paint = () => canvas.current && draw(canvas.current, rows, whole)
    paint()
    const watch = new ResizeObserver(paint)
    watch.observe(canvas.current!)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', paint)
    window.addEventListener('theme', paint)
    return () => {
      watch.disconnect()
      dark.removeEventListener('change', paint)
      window.removeEventListener('theme', paint)
    }
  }, [rows, whole])
  return <canvas ref={canvas} className={s.density} aria-hidden="true" />
}

function draw(canvas: HTMLCanvasElement, rows: readonly Row[], whole: number) {
  const { clientWidth: width, clientHeight: height } = canvas
  const scale = devicePixelRatio
  canvas.width = width * scale
  canvas.height = height * scale
  const g = canvas.getContext('2d')!
  g.scale(scale, scale)
  // A canvas knows neither variables nor light-dark(): the browser says what they come to.
  const colour = (name: string) => {
    canvas.style.color = `var(${name})`
    return getComputedStyle(canvas).color
  }
  const [calm, bad, warn] = [colour('--calm'), colour('--bad-fill'), colour('--warn-fill')]
  const bins = binsOf(rows, whole, width)
  const most = Math.log1p(bins.calm.reduce((m, v, x) => Math.max(m, v + bins.bad[x]!), 1))
  for (let x = 0; x < width; x++) {
    const all = bins.calm[x]! + bins.bad[x]!
    if (all === 0) continue
    const tall = Math.max((Math.log1p(all) / most) * (height - 4), 3)
    g.fillStyle = calm
    g.fillRect(x, height - tall, 1, tall)
    if (bins.bad[x]! > 0) {
      g.fillStyle = bad
      const part = Math.max((tall * bins.bad[x]!) / all, 3)
      g.fillRect(x, height - part, 1, part)
    }
  }
  g.fillStyle = warn
  for (const x of bins.gaps) g.fillRect(x - 1, 0, 3, height)
}
