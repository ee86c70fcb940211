import { toggled } from '../api/search'
import type { EventKind } from '../api/words'
import { short } from '../ui/format'
import { Recorded } from '../ui/Recorded'
import { plain } from '../ui/text'
import { useDraft } from '../ui/useDraft'
import type { Search } from './search'
import f from '../ui/FormRow.module.css'
import s from './SearchForm.module.css'

interface Props {
  search: Search
  change: (to: Search) => void
}

/** The kinds of event that have a payload to search in. */
const searched: readonly EventKind[] = ['request', 'answer', 'notification', 'stderr', 'noise']

/** The words, and what kind of message they must be in. */
export function SearchForm({ search, change }: Props) {
  const [text, setText] = useDraft(search.text ?? '')
  const chosen = search.kind ?? []
  return (
    <form
      className={`${f.form} ${s.wraps}`}
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
      <div className={`chips ${s.filters}`} role="group" aria-label="Kinds of message">
        {searched.map((kind) => (
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
