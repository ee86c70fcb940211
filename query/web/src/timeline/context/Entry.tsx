import type { ReactNode } from 'react'

/** A term of the context and what is known about it. */
export function Entry({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}
