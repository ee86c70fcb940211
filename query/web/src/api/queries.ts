import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { get, type Query } from './client'
import { readEvents } from './events'

const page = 100

export type SessionFilter = Omit<Query<'/api/v1/sessions'>, 'cursor' | 'limit'>
export type SearchFilter = Omit<Query<'/api/v1/search'>, 'cursor' | 'limit'>

export const sessionsOf = (filter: SessionFilter) =>
  infiniteQueryOptions({
    queryKey: ['sessions', filter],
    queryFn: ({ pageParam, signal }) => get('/api/v1/sessions', { query: { ...filter, cursor: pageParam, limit: page }, signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  })

export const facetsOf = (filter: SessionFilter) =>
  queryOptions({
    queryKey: ['facets', filter],
    queryFn: ({ signal }) => get('/api/v1/facets', { query: filter, signal }),
    placeholderData: keepPreviousData,
  })

export const hitsOf = (filter: SearchFilter) =>
  infiniteQueryOptions({
    queryKey: ['search', filter],
    queryFn: ({ pageParam, signal }) => get('/api/v1/search', { query: { ...filter, cursor: pageParam, limit: page }, signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    enabled: filter.text !== '',
  })

export const sessionOf = (id: string) =>
  queryOptions({
    queryKey: ['session', id],
    queryFn: ({ signal }) => get('/api/v1/sessions/{id}', { path: { id }, signal }),
  })

export const trailsOf = (filter: SessionFilter) =>
  infiniteQueryOptions({
    queryKey: ['trails', filter],
    queryFn: ({ pageParam, signal }) => get('/api/v1/trails', { query: { ...filter, cursor: pageParam, limit: page }, signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  })

export const trailOf = (id: string) =>
  queryOptions({ queryKey: ['trail', id], queryFn: ({ signal }) => get('/api/v1/trails/{id}', { path: { id }, signal }) })

export const trailTimelineOf = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['trail-timeline', id],
    queryFn: ({ pageParam, signal }) => get('/api/v1/trails/{id}/timeline', { path: { id }, query: { cursor: pageParam, limit: 1000 }, signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
  })

export const servers = queryOptions({ queryKey: ['servers'], queryFn: ({ signal }) => get('/api/v1/servers', { signal }) })

export type DefinitionFilter = Omit<Query<'/api/v1/definitions'>, 'cursor' | 'limit'>

export const definitionsOf = (filter: DefinitionFilter) =>
  infiniteQueryOptions({
    queryKey: ['definitions', filter],
    queryFn: ({ pageParam, signal }) => get('/api/v1/definitions', { query: { ...filter, cursor: pageParam, limit: 500 }, signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  })

export type HistoryOf = Omit<Query<'/api/v1/definition-history'>, 'cursor' | 'limit'>

export const historyOf = (of: HistoryOf) =>
  infiniteQueryOptions({
    queryKey: ['history', of],
    queryFn: ({ pageParam, signal }) => get('/api/v1/definition-history', { query: { ...of, cursor: pageParam, limit: page }, signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
  })

export const definitionOf = (hash: string) =>
  queryOptions({ queryKey: ['definition', hash], staleTime: Infinity, queryFn: ({ signal }) => get('/api/v1/definitions/{hash}', { path: { hash }, signal }) })

export const comparisonOf = (a: string, b: string) =>
  queryOptions({ queryKey: ['compare', a, b], enabled: a !== '' && b !== '', queryFn: ({ signal }) => get('/api/v1/compare', { query: { a, b }, signal }) })

export const flowsOf = (id: string) =>
  queryOptions({ queryKey: ['flows', id], queryFn: ({ signal }) => get('/api/v1/sessions/{id}/flows', { path: { id }, signal }) })

export const health = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => get('/api/v1/health', { signal }),
  refetchInterval: 15_000,
  retry: false,
})

/** One event with its body. What was recorded does not change. */
export const eventOf = (session: string, seq: number) =>
  queryOptions({
    queryKey: ['event', session, seq],
    queryFn: ({ signal }) => readEvents(session, seq, 1, true, signal),
    staleTime: Infinity,
    gcTime: 60_000,
  })

export const eventPage = 200

/** A page of events without bodies; page 0 begins at seq 0. */
export const eventsOf = (session: string, index: number, settled: boolean) =>
  queryOptions({
    queryKey: ['events', session, index],
    queryFn: ({ signal }) => readEvents(session, index * eventPage, eventPage, false, signal),
    staleTime: settled ? Infinity : 3000,
  })
