import { Recorded } from '../ui/Recorded'
import { count } from '../ui/format'

interface Props {
  title: string
  values: readonly { value: string; count?: number }[]
  chosen: readonly string[]
  choose: (chosen: string[]) => void
}

/** One field with its commonest values. An empty value is one that nobody gave. */
export function FacetGroup({ title, values, chosen, choose }: Props) {
  const most = Math.max(...values.map((v) => v.count ?? 0), 1)
  const absent = chosen.filter((c) => !values.some((v) => v.value === c)).map((value) => ({ value, count: 0 }))
  const all = [...values.filter((v) => v.value !== ''), ...absent]
  if (all.length === 0) return null
  return (
    <fieldset className="facet">
      <legend>{title}</legend>
      {all.map((v) => (
        <label key={v.value}>
          <input
            type="checkbox"
            checked={chosen.includes(v.value)}
            onChange={(e) => choose(e.target.checked ? [...chosen, v.value] : chosen.filter((c) => c !== v.value))}
          />
          <span className="value">
            <Recorded text={v.value} most={80} />
          </span>
          {v.count !== undefined && <span className="count">{count(v.count)}</span>}
          {v.count !== undefined && <i aria-hidden="true" style={{ width: `${(v.count / most) * 100}%` }} />}
        </label>
      ))}
    </fieldset>
  )
}
