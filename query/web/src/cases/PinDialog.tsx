import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { cases, useEditCase, useOpenCase } from '../api/cases'
import { plain } from '../ui/text'
import { Trouble } from '../ui/Trouble'
import d from '../ui/Dialog.module.css'
import s from './PinDialog.module.css'

interface Props {
  session: string
  seq?: number
  /** A moment of the session, as an ISO time. */
  at?: string
  close: () => void
}

/** Puts a session, an operation or a moment into a case. */
export function PinDialog({ session, seq, at, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const list = useQuery(cases)
  const open = useOpenCase()
  const edit = useEditCase()
  const [chosen, setChosen] = useState('')
  const [title, setTitle] = useState('')
  const [text, setText] = useState('')
  const [into, setInto] = useState<string | null>(null)
  const standing = list.data?.items.filter((c) => !c.closed) ?? []
  const target = chosen || (standing[0]?.id ?? 'new')
  const pin = async (e: FormEvent) => {
    e.preventDefault()
    const id = target === 'new' ? (await open.mutateAsync(title)).id : target
    await edit.mutateAsync({ id, edit: { action: 'pin', session_id: session, seq, at, text: text || undefined } })
    setInto(id)
  }
  const error = open.error ?? edit.error ?? list.error
  return (
    <dialog ref={dialog} className={`${d.dialog} ${s.pin}`} aria-labelledby="pin-title" onClose={close} onClick={(e) => e.target === dialog.current && close()}>
      <h2 id="pin-title">Pin {seq !== undefined ? `operation ${seq}` : at ? 'this moment' : 'this session'} to a case</h2>
      {into ? (
        <p>
          Pinned. <Link to="/cases/$id" params={{ id: into }}>Open the case</Link>
        </p>
      ) : (
        <form onSubmit={(e) => void pin(e).catch(() => undefined)}>
          <label>
            Case
            <select value={target} onChange={(e) => setChosen(e.target.value)}>
              {standing.map((c) => (
                <option key={c.id} value={c.id}>
                  {plain(c.title)}
                </option>
              ))}
              <option value="new">A new case …</option>
            </select>
          </label>
          {target === 'new' && (
            <label>
              Title
              <input type="text" required maxLength={200} value={title} onChange={(e) => setTitle(e.target.value)} placeholder="What is to be found out" />
            </label>
          )}
          <label>
            Words beside it
            <textarea rows={3} value={text} onChange={(e) => setText(e.target.value)} placeholder="Why it matters" />
          </label>
          {error && <Trouble error={error} />}
          <button type="submit" className={`button primary ${s.submit}`} disabled={open.isPending || edit.isPending}>
            Pin
          </button>
        </form>
      )}
      <button type="button" className="button" onClick={close}>
        Close
      </button>
    </dialog>
  )
}
