import { toggled } from '../api/search'
import { count } from '../ui/format'
import { Segmented } from '../ui/Segmented'
import { useDraft } from '../ui/useDraft'
import { Kind } from './Kind'
import type { TimelineSearch, View } from './search'
import s from './Toolbar.module.css'

interface Props {
  search: TimelineSearch
  kinds: readonly (readonly [string, number])[]
  shown: number
  total: number
  change: (to: Partial<TimelineSearch>) => void
  /** Whether the record itself can be shown, message by message. */
  messages?: boolean
}

/** What narrows a timeline. */
export function Toolbar({ search, kinds, shown, total, change, messages = true }: Props) {
  const [text, setText] = useDraft(search.q ?? '')
  const chosen = search.kind ?? []
  return (
    <div className={s.toolbar}>
      <Segmented<View>
        label="View"
        value={search.view ?? 'waterfall'}
        options={[
          ['waterfall', 'Waterfall'],
          ['lanes', 'Lanes'],
          ...(messages ? ([['messages', 'Messages']] as const) : []),
        ]}
        onChange={(view) => change({ view: view === 'waterfall' ? undefined : view })}
      />
      <input
        type="search"
        data-slash=""
        aria-label="Filter by method, name, outcome or number"
        placeholder="Filter rows   /"
        value={text}
        onChange={(e) => {
          setText(e.target.value)
          change({ q: e.target.value || undefined })
        }}
      />
      <div className={s.kinds} role="group" aria-label="Kinds">
        <button type="button" className="chip" aria-pressed={!!search.failed} onClick={() => change({ failed: search.failed ? undefined : '1' })}>
          <span className="bad">✕</span> failed only
        </button>
        {kinds.map(([kind, n]) => (
          <button key={kind} type="button" className="chip" aria-pressed={chosen.includes(kind)} onClick={() => change({ kind: toggled(chosen, kind) })}>
            <Kind kind={kind} /> <span className="dim">{count(n)}</span>
          </button>
        ))}
      </div>
      <span className="dim push" role="status">
        {shown === total ? `${count(total)} rows` : `${count(shown)} of ${count(total)} rows`}
      </span>
    </div>
  )
}
