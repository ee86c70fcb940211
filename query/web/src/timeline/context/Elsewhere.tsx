import { Link } from '@tanstack/react-router'
import { Recorded } from '../../ui/Recorded'
import { Entry } from './Entry'

/** The way to other sessions in which the same tool, prompt or resource was used. */
export function Elsewhere({ target }: { target: string }) {
  return (
    <Entry name="elsewhere">
      <Link to="/sessions" search={{ target: [target] }}>
        sessions with <Recorded text={target} most={60} />
      </Link>
    </Entry>
  )
}
