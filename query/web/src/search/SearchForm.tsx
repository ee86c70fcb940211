import { toggled } from '../api/search'
import { short } from '../ui/format'
import { Recorded } from '../ui/Recorded'
import { plain } from '../ui/text'
import { useDraft } from '../ui/useDraft'
import { kinds } from '../sessions/search'
import type { Search } from './search'

interface Props {
  search: Search
  change: (to: Search) => void
}

const said = kinds.filter((k) => ['request', 'answer', 'notification', 'stderr', 'noise'].includes(k))

/** The words, and what kind of message they must be in. */
export function SearchForm({ search, change }: Props) {
  const [text, setText] = useDraft(search.text ?? '')
  const chosen = search.kind ?? []
  return (
    <form
      className="filter-bar wraps"
      role="search"
      onSubmit={(e) => {
        e.preventDefault()
        change({ text: text.trim() || undefined })
      }}
    >
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- the page is there to type into this field */}
      <input type="search" data-slash="" autoFocus aria-label="Words to find" placeholder="Words, as they were said   /" value={text} onChange={(e) => setText(e.target.value)} />
      <button type="submit" className="button primary">
        Search
      </button>
      <div className="chips" role="group" aria-label="Kinds of message">
        {said.map((kind) => (
          <button
            key={kind}
            type="button"
            className="chip"
            aria-pressed={chosen.includes(kind)}
            onClick={() => change({ kind: toggled(chosen, kind) })}
          >
            {kind}
          </button>
        ))}
        {search.session && (
          <button type="button" className="chip removable" aria-label={`Remove filter session ${search.session}`} onClick={() => change({ session: undefined })}>
            <span className="dim">session</span> <span className="mono">{short(search.session)}</span> ×
          </button>
        )}
        {search.target?.map((t) => (
          <button key={t} type="button" className="chip removable" aria-label={`Remove filter target ${plain(t)}`} onClick={() => change({ target: undefined })}>
            <span className="dim">target</span> <Recorded text={t} most={40} /> ×
          </button>
        ))}
      </div>
    </form>
  )
}
