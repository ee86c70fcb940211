import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { post } from '../api/client'
import type { Trail } from '../api/types'
import type { TrailAction } from '../api/words'
import { short } from '../ui/format'
import { Moment } from '../ui/Moment'
import { Recorded } from '../ui/Recorded'
import { Trouble } from '../ui/Trouble'
import s from './Editing.module.css'

type Action = Exclude<TrailAction, 'undo'>

interface Edit {
  action: TrailAction
  members?: string[]
  name?: string
  why?: string
  undoes?: string
}

/** What an investigator knows better than the rules. Each word of it is kept with who said it. */
export function Editing({ trail }: { trail: Trail }) {
  const client = useQueryClient()
  const edit = useMutation({
    mutationFn: (e: Edit) => post('/api/v1/trail-edits', e),
    onSuccess: () => client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith('trail') }),
  })
  const [action, setAction] = useState<Action>('name')
  const [text, setText] = useState('')
  const [why, setWhy] = useState('')
  const submit = (e: FormEvent) => {
    e.preventDefault()
    const members = action === 'split' ? [text] : action === 'merge' ? [trail.id, text.trim()] : [trail.id]
    edit.mutate({ action, members, name: action === 'name' ? text : undefined, why: why || undefined }, { onSuccess: () => setText('') })
  }
  return (
    <form className={s.editing} onSubmit={submit}>
      {trail.edits.map((e) => (
        <p key={e.id}>
          <Recorded text={e.who} most={60} /> <b>{e.action}</b> <Recorded text={e.name || e.why} most={120} /> <Moment time={e.time} />{' '}
          <button type="button" className="link" onClick={() => edit.mutate({ action: 'undo', undoes: e.id })}>
            undo
          </button>
        </p>
      ))}
      <select aria-label="What to say of the trail" value={action} onChange={(e) => (setAction(e.target.value as Action), setText(''))}>
        <option value="name">Call it</option>
        <option value="merge">It belongs together with</option>
        {trail.members.length > 1 && <option value="split">This does not belong to it</option>}
      </select>
      {action === 'split' ? (
        <select aria-label="Session to split off" required value={text} onChange={(e) => setText(e.target.value)}>
          <option value="">choose</option>
          {trail.members.map((m) => (
            <option key={m.id} value={m.id}>
              {short(m.session_id)}
            </option>
          ))}
        </select>
      ) : (
        <input
          type="text"
          required
          aria-label={action === 'name' ? 'Name of the trail' : 'Id of a session or trail'}
          placeholder={action === 'name' ? 'a name' : 'id of a session or trail'}
          value={text}
          onChange={(e) => setText(e.target.value)}
        />
      )}
      <input type="text" aria-label="Why" placeholder="why" value={why} onChange={(e) => setWhy(e.target.value)} />
      <button type="submit" className="button" disabled={edit.isPending}>
        Record it
      </button>
      {edit.error && <Trouble error={edit.error} />}
    </form>
  )
}
