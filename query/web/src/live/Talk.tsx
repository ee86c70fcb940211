import { useQuery } from '@tanstack/react-query'
import { sessionOf } from '../api/queries'
import { agentName, serverName } from '../sessions/names'
import { Recorded } from '../ui/Recorded'

/** Who talks to whom in a session. An agent says its name after the session began, so it is asked for a few times. */
export function Talk({ session }: { session: string }) {
  const { data: s } = useQuery({
    ...sessionOf(session),
    staleTime: 60_000,
    refetchInterval: ({ state }) => (state.data?.client.name || state.dataUpdateCount > 3 ? false : 2000),
  })
  return s && <Recorded text={`${agentName(s)} → ${serverName(s)}`} most={100} />
}
