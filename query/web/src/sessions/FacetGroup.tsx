import { Recorded } from '../ui/Recorded'
import { count } from '../ui/format'
import s from './FacetGroup.module.css'

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
    <fieldset className={s.facet}>
      <legend>{title}</legend>
      {all.map((v) => (
        <label key={v.value}>
          <input
            type="checkbox"
            checked={chosen.includes(v.value)}
            onChange={(e) => choose(e.target.checked ? [...chosen, v.value] : chosen.filter((c) => c !== v.value))}
          />
          <span className={s.value}>
            <Recorded text={v.value} most={80} />
          </span>
          {v.count !== undefined && <span className={s.count}>{count(v.count)}</span>}
          {v.count !== undefined && <i className={s.share} aria-hidden="true" style={{ width: `${(v.count / most) * 100}%` }} />}
        </label>
      ))}
    </fieldset>
  )
}
