import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useRef, useState, type FormEvent } from 'react'
import { caseOf, useEditCase, type NewCaseEdit } from '../api/cases'
import { address } from '../api/client'
import { useTitle } from '../shell/useTitle'
import { Copy } from '../ui/Copy'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { State } from '../ui/State'
import { plain } from '../ui/text'
import { Trouble } from '../ui/Trouble'
import { useRowKeys } from '../ui/useRowKeys'
import { EditCard } from './EditCard'
import { markdown } from './markdown'
import h from '../ui/HeadLine.module.css'
import p from '../ui/Page.module.css'
import s from './CasePage.module.css'

const route = getRouteApi('/cases/$id')

/** One case: what was pinned and written, by whom and when. */
export function CasePage() {
  const { id } = route.useParams()
  const found = useQuery(caseOf(id))
  const edit = useEditCase()
  const [text, setText] = useState('')
  const edits = useRef<HTMLOListElement>(null)
  const pins = () => edits.current?.querySelectorAll<HTMLElement>('[data-pin]') ?? []
  useRowKeys({
    count: found.data?.edits.filter((e) => e.action === 'pin').length ?? 0,
    open: (i) => pins()[i]?.click(),
    show: (i) => pins()[i]?.focus(),
    does: { next: 'next pin', previous: 'previous pin', open: 'open what is pinned' },
  })
  useTitle(found.data ? plain(found.data.title) : 'Case')
  if (found.error) return <Trouble error={found.error} retry={() => void found.refetch()} />
  if (!found.data) return <p className="reading">Reading the case …</p>
  const c = found.data
  const ask = (what: NewCaseEdit, done?: () => void) => edit.mutate({ id, edit: what }, { onSuccess: done })
  const note = (e: FormEvent) => {
    e.preventDefault()
    ask({ action: 'note', text }, () => setText(''))
  }
  return (
    <div className={p.page}>
      <header className={h.line}>
        <h1>
          <Recorded text={c.title} most={200} />
        </h1>
        <State tone={c.closed ? 'quiet' : 'good'}>{c.closed ? 'closed' : 'open'}</State>
        <span className="dim">
          opened by <Recorded text={c.by} /> <Moment time={c.opened} />
        </span>
        <div className={h.marks}>
          <button type="button" className="button small" onClick={() => ask({ action: c.closed ? 'reopen' : 'close' })}>
            {c.closed ? 'Open again' : 'Close the case'}
          </button>
          <Copy label="Copy as Markdown" text={() => markdown(c, location.origin)} />
          <Copy label="Copy link" text={() => location.href} />
          <a className="button small" href={address('/api/v1/cases/{id}/export', { id })} download>
            Export with the record
          </a>
        </div>
      </header>
      <div className={s.case}>
        <ol ref={edits}>
          {c.edits.map((e) => (
            <EditCard key={e.id} edit={e} takeBack={() => ask({ action: 'retract', retracts: e.id })} />
          ))}
        </ol>
        <form onSubmit={note}>
          <label htmlFor="note">Note</label>
          <textarea id="note" data-slash="" rows={3} required maxLength={16000} value={text} onChange={(e) => setText(e.target.value)} placeholder="What was found, and what it means" />
          {edit.error && <Trouble error={edit.error} />}
          <button type="submit" className="button primary" disabled={edit.isPending}>
            Add the note
          </button>
          <span className="dim"> Nothing here is ever changed: what was wrong is taken back, and both stay in the case’s history.</span>
        </form>
      </div>
    </div>
  )
}
