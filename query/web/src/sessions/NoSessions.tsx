import { Link } from '@tanstack/react-router'
import type { SessionFilter } from '../api/queries'
import { Empty } from '../ui/Empty'

/** Nothing was found, or nothing was recorded yet. */
export function NoSessions({ filter }: { filter: SessionFilter }) {
  if (Object.values(filter).some((v) => v !== undefined)) {
    return (
      <Empty title="No session is like that">
        <p>
          Take a filter away, or <Link to="/sessions">show all sessions</Link>. Words are matched whole: <code>read</code> does not find{' '}
          <code>readme</code>.
        </p>
      </Empty>
    )
  }
  return (
    <Empty title="Nothing is recorded yet">
      <p>Put the collector before an MCP server, and what agents do with it shows here within a second.</p>
      <pre>
        {`mcptrail-collector stdio -- npx -y @modelcontextprotocol/server-filesystem /srv
mcptrail-collector http --upstream files=http://127.0.0.1:3001/mcp
mcptrail-collector import conversation.jsonl`}
      </pre>
    </Empty>
  )
}
