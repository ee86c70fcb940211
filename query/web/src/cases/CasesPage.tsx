import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { cases, useOpenCase } from '../api/cases'
import { useTitle } from '../shell/useTitle'
import { Empty } from '../ui/Empty'
import { several } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { Trouble } from '../ui/Trouble'
import { useRowKeys } from '../ui/useRowKeys'

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
    <div className="page column">
      <h1 className="unseen">Cases</h1>
      <form
        className="filter-bar"
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
        <ol className="case-list" ref={list}>
          {items.map((c, i) => (
            <li key={c.id} className={i === at ? 'current' : ''}>
              <Link to="/cases/$id" params={{ id: c.id }}>
                <Recorded text={c.title} most={200} />
              </Link>
              <span className={`state ${c.closed ? '' : 'good'}`}>{c.closed ? 'closed' : 'open'}</span>
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
