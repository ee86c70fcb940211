import { useEffect, useState } from 'react'

/** Milliseconds after which a search is called slow. */
const patience = 1000

/** Stands in the place of the hits until they come; after a while it says what makes a search faster. */
export function Waiting() {
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), patience)
    return () => clearTimeout(timer)
  }, [])
  return (
    <p className="reading" role="status">
      {slow ? 'Still reading. One session, fewer days or more words make it faster.' : 'Reading …'}
    </p>
  )
}
