import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { toggled } from '../api/search'
import { eventKinds } from '../api/words'
import { useKeys } from '../keys/keys'
import { useTitle } from '../shell/useTitle'
import { Empty } from '../ui/Empty'
import { count, short } from '../ui/format'
import { LiveList } from './LiveList'
import { useTail } from './useTail'
import p from '../ui/Page.module.css'
import s from './LivePage.module.css'

const route = getRouteApi('/live')

const words = { opening: 'connecting …', watching: 'watching', broken: 'connection lost, trying again' }

/** Events as they are stored. */
export function LivePage() {
  useTitle('Live')
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { came, state, clear } = useTail(search)
  const [held, setHeld] = useState<typeof came | null>(null)
  const goOn = () => setHeld(null)
  const hold = () => setHeld((now) => now ?? came)
  const toggle = held ? goOn : hold
  const wipe = () => {
    clear()
    goOn()
  }
  useKeys([
    { keys: [' '], does: 'hold or go on', run: toggle },
    { keys: ['x'], does: 'clear', run: wipe },
    { keys: ['Escape'], does: 'go on', run: goOn },
  ])
  const shown = (held ?? came).events
  const chosen = search.kind ?? []
  return (
    <div className={`${p.page} ${p.padded}`}>
      <h1 className="unseen">Live</h1>
      <div className={s.toolbar}>
        <span className={s.state} data-state={held ? 'held' : state} role="status">
          <span aria-hidden="true">●</span> {held ? `held, ${count(came.total - held.total)} more came` : words[state]}
        </span>
        <button type="button" className="button" aria-pressed={!!held} onClick={toggle}>
          {held ? 'Go on' : 'Hold'}
        </button>
        <button type="button" className="button" onClick={wipe}>
          Clear
        </button>
        <div className="chips" role="group" aria-label="Kinds">
          {eventKinds.map((kind) => (
            <button
              key={kind}
              type="button"
              className="chip"
              aria-pressed={chosen.includes(kind)}
              onClick={() => void navigate({ search: (now) => ({ ...now, kind: toggled(now.kind, kind) }), replace: true })}
            >
              {kind}
            </button>
          ))}
          {search.session && (
            <button type="button" className="chip removable" aria-label={`Remove filter session ${search.session}`} onClick={() => void navigate({ search: (now) => ({ ...now, session: undefined }) })}>
              <span className="dim">session</span> <span className="mono">{short(search.session)}</span> ×
            </button>
          )}
        </div>
      </div>
      {shown.length === 0 ? (
        <Empty title="Waiting for traffic">
          <p>
            What agents do from now on shows here as soon as it is stored. What they did before is in the <Link to="/sessions">sessions</Link>.
          </p>
        </Empty>
      ) : (
        <LiveList events={shown} follow={!held} hold={hold} />
      )}
    </div>
  )
}
