import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { definitionOf } from '../api/queries'
import type { Held, Json, Operation } from '../api/types'
import { JsonView } from '../json/JsonView'
import { short } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Trouble } from '../ui/Trouble'
import { History } from './History'
import s from './HeldDefinition.module.css'

const from: Record<string, string> = {
  session: 'shown in this session',
  trail: 'shown in an earlier session of the trail',
  agent: 'shown to the same agent in an earlier session',
  unlisted: 'in no list that the client held: it asked for what it was not shown',
  unknown: 'no list that would show it is in the record',
}

/** The definition that the client held when it called, from where it had it, and how it came to be. */
export function HeldDefinition({ operation, held }: { operation: Operation; held: Held }) {
  const [open, setOpen] = useState(false)
  const read = useQuery({ ...definitionOf(operation.definition ?? ''), enabled: !!operation.definition })
  const view = read.data?.seen.find((v) => v.last_session === held.session_id || v.first_session === held.session_id) ?? read.data?.seen[0]
  return (
    <>
      <p className={held.seen === 'unlisted' ? 'warn' : ''}>
        {from[held.seen] ?? held.seen}
        {held.session_id && (
          <>
            {' '}
            <Link to="/sessions/$id" params={{ id: held.session_id }} search={{ at: held.seq }}>
              {short(held.session_id)} · {held.seq}
            </Link>{' '}
            <Moment time={held.time} />
          </>
        )}
        {held.flags.map((f) => (
          <span key={f} className="tag warn">
            {f.replaceAll('_', ' ')}
          </span>
        ))}
      </p>
      {read.error && <Trouble error={read.error} />}
      {read.data && <JsonView value={read.data.body as Json} label={`definition ${operation.definition?.slice(7, 19)}`} />}
      {view && (
        <button type="button" className={`link ${s.versions}`} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'hide its versions' : 'its versions and what changed'}
        </button>
      )}
      {open && view && <History server={view.server} kind={view.kind} name={view.name} held={operation.definition ?? undefined} />}
    </>
  )
}
