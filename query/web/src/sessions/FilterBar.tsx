import type { SessionFilter } from '../api/queries'
import { Copy } from '../ui/Copy'
import { useDraft } from '../ui/useDraft'
import { idOrText } from './search'
import f from '../ui/FormRow.module.css'
import s from './FilterBar.module.css'

interface Props {
  filter: SessionFilter
  change: (to: Partial<SessionFilter>) => void
  facetsOpen?: boolean
  toggleFacets?: () => void
}

/** One line of text to look for: an id, or words in what was said. */
export function FilterBar({ filter, change, facetsOpen, toggleFacets }: Props) {
  const [text, setText] = useDraft(filter.text ?? filter.id ?? '')
  return (
    <form
      className={f.form}
      role="search"
      onSubmit={(e) => {
        e.preventDefault()
        change(idOrText(text))
      }}
    >
      {toggleFacets && (
        <button type="button" className={`button ${s.facets}`} aria-expanded={facetsOpen} onClick={toggleFacets}>
          Filters
        </button>
      )}
      <input
        type="search"
        data-slash=""
        aria-label="Words in a payload, or the beginning of an id"
        placeholder="Words in a payload, or an id   /"
        value={text}
        onChange={(e) => setText(e.target.value)}
      />
      <button type="submit" className="button">
        Find
      </button>
      <Copy label="Copy link" text={() => location.href} />
    </form>
  )
}
