import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { comparisonOf } from '../api/queries'
import { useKeys } from '../keys/keys'
import { useTitle } from '../shell/useTitle'
import { Trouble } from '../ui/Trouble'
import { Candidates } from './Candidates'
import { CompareForm } from './CompareForm'
import { PairList } from './PairList'
import { Run } from './Run'
import p from '../ui/Page.module.css'
import s from './ComparePage.module.css'

const route = getRouteApi('/compare')

/** Two sessions or trails side by side: what is different in what was asked, what came of it, and how long it took. */
export function ComparePage() {
  useTitle('Compare')
  const { a = '', b = '', all } = route.useSearch()
  const navigate = route.useNavigate()
  const change = (to: { a?: string; b?: string; all?: '1' }) => void navigate({ search: (now) => ({ ...now, ...to }) })
  const read = useQuery(comparisonOf(a, b))
  useKeys([
    { keys: ['s'], does: 'show also what is the same', run: () => change({ all: all ? undefined : '1' }) },
    { keys: ['x'], does: 'exchange the sides', run: () => change({ a: b || undefined, b: a || undefined }) },
  ])
  const c = read.data
  return (
    <div className={`${p.page} ${p.padded}`}>
      <h1 className="unseen">Compare</h1>
      <CompareForm key={`${a} ${b}`} a={a} b={b} change={change} />
      {read.error ? (
        <Trouble error={read.error} retry={() => void read.refetch()} />
      ) : !a || !b ? (
        <Candidates a={a} choose={(id) => change(a ? { b: id } : { a: id })} />
      ) : !c ? (
        <p className="reading" role="status">
          Comparing …
        </p>
      ) : (
        <>
          <div className={s.runs}>
            <Run run={c.a} side="A" />
            <Run run={c.b} side="B" />
          </div>
          <div className="chips">
            <span role="status">
              <b>{c.same}</b> the same · <b className="warn">{c.changed}</b> differ · <b className="bad">{c.removed}</b> only in A · <b className="good">{c.added}</b> only in B
            </span>
            <button type="button" className="chip" aria-pressed={!!all} onClick={() => change({ all: all ? undefined : '1' })}>
              also what is the same
            </button>
          </div>
          <PairList pairs={all ? c.pairs : c.pairs.filter((pair) => pair.kind !== 'same')} />
        </>
      )}
    </div>
  )
}
