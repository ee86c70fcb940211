import { getRouteApi } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import type { Timeline } from '../api/types'
import { PinDialog } from '../cases/PinDialog'
import { useKeys } from '../keys/keys'
import { millis, rowsOf } from '../timeline/rows'
import { lastBegun } from './clock'
import { Controls } from './Controls'
import { Feed } from './Feed'
import { Scrubber } from './Scrubber'
import { speeds } from './search'
import { Stage } from './Stage'
import { StatePane } from './StatePane'
import { usePlayer } from './usePlayer'
import css from './Player.module.css'

const route = getRouteApi('/sessions/$id/replay')

/** Plays a timeline: what happened up to now, what is said now, and how things stand. */
export function Player({ timeline }: { timeline: Timeline }) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [skip, setSkip] = useState(true)
  const [pinned, setPinned] = useState<string | null>(null)
  const rows = useMemo(() => rowsOf(timeline).toSorted((a, b) => a.start - b.start || a.seq - b.seq), [timeline])
  const whole = useMemo(() => rows.reduce((end, r) => Math.max(end, r.end), 1), [rows])
  const speed = speeds.find((s) => s === search.speed) ?? 1
  const rest = useCallback((t: number) => void navigate({ search: (now) => ({ ...now, t: Math.round(t * 1000) / 1000 }), replace: true }), [navigate])
  const player = usePlayer({ rows, whole, begin: search.t ?? 0, speed, skip, rest })
  const { t, seek, step, toggle } = player
  const setSpeed = (s: number) => void navigate({ search: (now) => ({ ...now, speed: s === 1 ? undefined : s }), replace: true })
  const faster = (by: number) => setSpeed(speeds[Math.min(Math.max(speeds.indexOf(speed) + by, 0), speeds.length - 1)]!)
  const at = lastBegun(rows, t)
  const pin = () => setPinned(new Date(millis(timeline.session.started) + t).toISOString())
  useKeys([
    { keys: [' '], does: 'play or pause', run: toggle },
    { keys: ['j', 'ArrowDown'], does: 'step to the next operation', run: () => step(1) },
    { keys: ['k', 'ArrowUp'], does: 'step to the operation before', run: () => step(-1) },
    { keys: ['l', 'ArrowRight'], does: 'a little later', run: () => seek(t + whole / 50) },
    { keys: ['h', 'ArrowLeft'], does: 'a little earlier', run: () => seek(t - whole / 50) },
    { keys: ['+', '='], does: 'faster', run: () => faster(1) },
    { keys: ['-'], does: 'slower', run: () => faster(-1) },
    { keys: ['0', 'Home'], does: 'to the start', run: () => seek(0) },
    { keys: ['p'], does: 'pin this moment to a case', run: pin },
    { keys: ['End'], does: 'to the end', run: () => seek(whole) },
  ])
  return (
    <>
      <Controls {...player} whole={whole} speed={speed} setSpeed={setSpeed} skip={skip} setSkip={setSkip} pin={pin} />
      {pinned && <PinDialog session={timeline.session.id} at={pinned} close={() => setPinned(null)} />}
      <Scrubber rows={rows} whole={whole} t={t} seek={seek} />
      <div className={css.panes}>
        <Feed rows={rows} at={at} t={t} seek={seek} />
        <Stage session={timeline.session.id} row={rows[at]} t={t} />
        <StatePane session={timeline.session.id} rows={rows} t={t} seek={seek} />
      </div>
    </>
  )
}
