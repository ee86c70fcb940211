import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { cases, useOpenCase } from '../api/cases'
import { useTitle } from '../shell/useTitle'
import { Empty } from '../ui/Empty'
import { several } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { State } from '../ui/State'
import { Trouble } from '../ui/Trouble'
import { useRowKeys } from '../ui/useRowKeys'
import f from '../ui/FormRow.module.css'
import p from '../ui/Page.module.css'
import s from './CasesPage.module.css'

/** What is being looked into. */
export function CasesPage() {
  useTitle('Cases')
  const found = useQuery(cases)
  const list = useRef<HTMLOListElement>(null)
  const open = useOpenCase()
  const navigate = useNavigate()
  const [title, setTitle] = useState('')
  const items = found.data?.items ?? []
  const go = (id: string) => void navigate({ to: '/cases/$id', params: { id } })
  const [at] = useRowKeys({ count: items.length, open: (i) => go(items[i]!.id), show: (i) => list.current?.children[i]?.scrollIntoView({ block: 'nearest' }), does: { next: 'next case', previous: 'previous case', open: 'open the case' } })
  return (
    <div className={`${p.page} ${p.padded}`}>
      <h1 className="unseen">Cases</h1>
      <form
        className={f.form}
        onSubmit={(e) => {
          e.preventDefault()
          open.mutate(title, { onSuccess: (made) => go(made.id) })
        }}
      >
        <input type="text" data-slash="" required maxLength={200} aria-label="Title of a new case" placeholder="What is to be found out   /" value={title} onChange={(e) => setTitle(e.target.value)} />
        <button type="submit" className="button primary" disabled={open.isPending}>
          Open a case
        </button>
      </form>
      {(found.error ?? open.error) && <Trouble error={(found.error ?? open.error)!} retry={() => void found.refetch()} />}
      {found.data && items.length === 0 ? (
        <Empty title="No case is open">
          <p>A case collects operations, moments and notes about one question. Open one here, or press p at an operation of a timeline.</p>
        </Empty>
      ) : (
        <ol className={s.cases} aria-label="Cases" ref={list}>
          {items.map((c, i) => (
            <li key={c.id} aria-current={i === at || undefined}>
              <Link to="/cases/$id" params={{ id: c.id }}>
                <Recorded text={c.title} most={200} />
              </Link>
              <State tone={c.closed ? 'quiet' : 'good'}>{c.closed ? 'closed' : 'open'}</State>
              <span className="dim num">
                {several(c.pins, 'pin')}, {several(c.notes, 'note')}
              </span>
              <span className="dim">
                changed <Moment time={c.changed} /> · opened by <Recorded text={c.by} most={60} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
