import type { ReactNode } from 'react'
import s from './State.module.css'
import type { Tone } from './tone'

/** How something stands, in a few words and a colour. */
export function State({ tone = 'quiet', title, children }: { tone?: Tone; title?: string; children: ReactNode }) {
  return (
    <span className={`${s.state} ${tone}`} title={title}>
      {children}
    </span>
  )
}
