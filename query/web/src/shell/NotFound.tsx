import { Link } from '@tanstack/react-router'
import { Empty } from '../ui/Empty'

/** An address that is no page of the web UI. */
export function NotFound() {
  return (
    <Empty title="There is no such page">
      <p>
        The address leads nowhere. Begin with the <Link to="/sessions">sessions</Link>.
      </p>
    </Empty>
  )
}
