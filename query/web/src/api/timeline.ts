import type { QueryClient } from '@tanstack/react-query'
import { queryOptions } from '@tanstack/react-query'
import { address, Problem } from './client'
import { lines } from './lines'
import type { Timeline, TimelinePart } from './types'

const minute = 60_000

/** A session rebuilt. Of a long one the beginning is shown until the whole is here. */
export function timelineOf(client: QueryClient, session: string) {
  const key = ['timeline', session] as const
  return queryOptions<Timeline, Error, Timeline, readonly ['timeline', string]>({
    queryKey: key,
    // One long session at a time is enough to keep.
    gcTime: minute,
    staleTime: Infinity,
    refetchInterval: ({ state: { data } }) =>
      data && !data.session.complete && data.session.events < 5000 && Date.now() - Date.parse(data.session.ended) < 10 * minute
        ? 3000
        : false,
    queryFn: async ({ signal }): Promise<Timeline> => {
      const whole = { operations: [] as Timeline['operations'][number][], facts: [] as Timeline['facts'][number][] }
      const rest = { gaps: [] as Timeline['gaps'][number][], unpaired: [] as Timeline['unpaired'][number][] }
      for await (const line of lines(address('/api/v1/sessions/{id}/timeline/parts', { id: session }), signal)) {
        const part = JSON.parse(line) as TimelinePart
        if (part.beginning) {
          if (!client.getQueryData<Timeline>(key)) client.setQueryData<Timeline>(key, part)
          continue
        }
        whole.operations.push(...part.operations)
        whole.facts.push(...part.facts)
        rest.gaps.push(...part.gaps)
        rest.unpaired.push(...part.unpaired)
        if (part.last) return { beginning: false, session: part.session, left_out: part.left_out, integrity: part.integrity, ...whole, ...rest }
      }
      throw new Problem(0, 'The timeline broke off before its end. The log of the query service has the cause.')
    },
  })
}
