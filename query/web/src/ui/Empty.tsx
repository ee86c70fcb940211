import type { ReactNode } from 'react'
import s from './Empty.module.css'

/** What to do where there is nothing to show. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={s.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  )
}
