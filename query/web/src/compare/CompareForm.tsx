import { useState } from 'react'
import f from '../ui/FormRow.module.css'
import s from './CompareForm.module.css'

interface Props {
  a: string
  b: string
  change: (to: { a?: string; b?: string }) => void
}

/** What to compare: ids of sessions or trails. */
export function CompareForm({ a, b, change }: Props) {
  const [left, setLeft] = useState(a)
  const [right, setRight] = useState(b)
  return (
    <form
      className={`${f.form} ${s.form}`}
      onSubmit={(e) => {
        e.preventDefault()
        change({ a: left.trim() || undefined, b: right.trim() || undefined })
      }}
    >
      <input type="text" data-slash="" className="mono" aria-label="Session or trail A" placeholder="A: id of a session or trail" value={left} onChange={(e) => setLeft(e.target.value)} />
      <input type="text" className="mono" aria-label="Session or trail B" placeholder="B: id of a session or trail" value={right} onChange={(e) => setRight(e.target.value)} />
      <button type="submit" className="button primary">
        Compare
      </button>
      <button type="button" className="button" onClick={() => change({ a: b || undefined, b: a || undefined })}>
        A ⇄ B
      </button>
    </form>
  )
}
