import type { SessionFilter } from '../api/queries'
import { plain } from '../ui/text'
import { Recorded } from '../ui/Recorded'

interface Props {
  filter: SessionFilter
  change: (to: Partial<SessionFilter>) => void
}

/** What the list is narrowed to, each with a way out. */
export function ActiveFilters({ filter, change }: Props) {
  const active = Object.entries(filter).flatMap(([field, value]) =>
    value === undefined ? [] : [value].flat().map((v) => ({ field: field as keyof SessionFilter, value: String(v) })),
  )
  if (active.length === 0) return null
  const without = (field: keyof SessionFilter, value: string) => {
    const now = filter[field]
    const rest = Array.isArray(now) ? (now as string[]).filter((v) => v !== value) : []
    change({ [field]: rest.length > 0 ? rest : undefined })
  }
  return (
    <ul className="chips" aria-label="Filters in force">
      {active.map(({ field, value }) => (
        <li key={field + value}>
          <button type="button" className="chip removable" aria-label={`Remove filter ${field} ${plain(value)}`} onClick={() => without(field, value)}>
            <span className="dim">{field}</span> <Recorded text={value} most={60} /> <span aria-hidden="true">×</span>
          </button>
        </li>
      ))}
      <li>
        <button type="button" className="link" onClick={() => change(Object.fromEntries(active.map((a) => [a.field, undefined])))}>
          Clear all
        </button>
      </li>
    </ul>
  )
}
