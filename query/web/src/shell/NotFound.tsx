import { Link } from '@tanstack/react-router'
import { Empty } from '../ui/Empty'

/** An address that is no place of the desk. */
export function NotFound() {
  return (
    <Empty title="There is no such page">
      <p>
        The address leads nowhere. Begin with the <Link to="/sessions">sessions</Link>.
      </p>
    </Empty>
  )
}
