import type { SessionFilter } from '../api/queries'
import type { Facets } from '../api/types'
import { outcomes } from '../api/words'
import { toneOf } from '../ui/tone'
import { FacetGroup } from './FacetGroup'
import s from './FacetRail.module.css'

interface Props {
  facets: Facets | undefined
  filter: SessionFilter
  change: (to: Partial<SessionFilter>) => void
  /** Whether it is shown where the page is too narrow for it to stand beside the list. */
  open: boolean
}

const fields = [
  ['client', 'Agent'],
  ['server', 'Server'],
  ['principal', 'Principal'],
  ['upstream', 'Upstream'],
  ['transport', 'Transport'],
  ['complete', 'Complete'],
] as const

/** Outcomes that a reader looks for: what went wrong, or may have. */
const failures = outcomes.filter((o) => ['bad', 'warn'].includes(toneOf(o)))

/** What sessions can be narrowed to, with how many there are of each. */
export function FacetRail({ facets, filter, change, open }: Props) {
  const valuesOf = (field: string) => facets?.fields.find((f) => f.field === field)?.values ?? []
  return (
    <aside className={`${s.rail} ${open ? s.open : ''}`} aria-label="Filters">
      {fields.map(([field, title]) => (
        <FacetGroup
          key={field}
          title={title}
          values={valuesOf(field)}
          chosen={[filter[field] ?? []].flat()}
          choose={(chosen) =>
            change({ [field]: field === 'complete' ? chosen.at(-1) : chosen.length > 0 ? chosen : undefined } as Partial<SessionFilter>)
          }
        />
      ))}
      <FacetGroup
        title="Has an outcome"
        values={failures.map((value) => ({ value }))}
        chosen={filter.outcome ?? []}
        choose={(chosen) => change({ outcome: chosen.length > 0 ? (chosen as SessionFilter['outcome']) : undefined })}
      />
    </aside>
  )
}
