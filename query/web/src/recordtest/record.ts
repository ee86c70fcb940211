import type { Event, Fact, Gap, Integrity, Json, Operation, Session, SessionSummary, Timeline, Trail, TrailTimeline, Unpaired } from '../api/types'

/** What tests show: parts of a record that are whole, of which a test says only what it is about. */

const started = '2026-11-22T09:30:00.000000Z'

/** The time so many milliseconds after the record began. */
export const after = (ms: number): string => new Date(Date.parse(started) + ms).toISOString()

export const session = (over: Partial<SessionSummary> = {}): SessionSummary => ({
  id: '01a2037b-cff2-79b7-8413-402e7026259b', basis: 'stdio', client: { name: 'agent', version: '1' }, server: { name: 'files', version: '2' },
  principal: { issuer: '', subject: '', client_id: '', fingerprint: '', verified: false }, protocol_version: '2025-11-25', transport: 'stdio', upstream: '',
  started, ended: after(10_000), events: 10, operations: 0, tool_calls: 0, errors: 0, gaps: 0, lost: 0, complete: true, collector_id: 'c', peer: '', ...over,
})

/** A tool call, answered 10 ms after it, whose id names its seq as the service does. */
export const operation = (over: Partial<Operation> & { seq: number }): Operation =>
  ({
    id: `01a2037b:${over.seq}`, kind: 'tool', method: 'tools/call', target: 'echo', direction: 'client_to_server', outcome: 'ok', error_code: null, http_status: 0,
    started, duration_ms: 10, arguments: '', definition: null, approvals: [], flags: [], keys: [], parent: null, retry_of: null, rounds: 1, scopes: { granted: [], required: [], decision: '', effect: '' },
    request_seqs: [over.seq], answer_seqs: [over.seq + 1], notification_seqs: [], fact_seqs: [], replay_seqs: [], embedded: null, held: null, task: null, ...over,
  }) as unknown as Operation // the document cannot say of an object that it may be null

export const fact = (over: Partial<Fact> & { seq: number }): Fact => ({
  kind: 'stderr', method: '', target: '', detail: '', direction: 'server_to_client', outcome: '', http_status: 0, flags: [], seqs: [over.seq], time: started, ...over,
})

export const gap = (over: Partial<Gap> = {}): Gap => ({ from_seq: 4, to_seq: 6, count: 3, bytes: 0, reason: 'spool_full', named_by: null, ...over })

export const unpaired = (over: Partial<Unpaired> = {}): Unpaired => ({ seq: 8, rpc_id: 'n:7', direction: 'server_to_client', http_status: 0, reason: 'unknown', ...over })

export const integrity = (over: Partial<Integrity> = {}): Integrity => ({ state: 'verified', events: 10, verified: 10, sealed: 10, first_bad_seq: null, equivocations: [], findings: [], ...over })

export const timeline = (over: Partial<Omit<Timeline, 'session'>> & { session?: Partial<Session> } = {}): Timeline => ({
  beginning: false, integrity: integrity(), operations: [], facts: [], gaps: [], unpaired: [], left_out: [], ...over, session: session(over.session),
})

export const event = (over: Partial<Event> & { payload?: Json } = {}): Event => ({
  session_id: session().id, collector_id: 'c', collector_seq: 0, seq: 0, kind: 'request', method: '', target: '', direction: 'client_to_server', outcome: '', error_code: null, http_status: 0,
  time: started, mono_ms: 0, duration_ms: null, exchange: 0, flags: [], request_seq: null, rpc_id: '', size: 0, payload: null, ...over,
})

export const trail = (over: Partial<Trail> = {}): Trail => ({
  id: 't-1', name: '', clients: [{ name: 'agent', version: '1' }], servers: ['files', 'mail'], principals: [], started, ended: after(10_000), confidence: 'exact', complete: true,
  sessions: 2, events: 20, operations: 4, tool_calls: 4, errors: 0, gaps: 0, conflicts: 0, conflict_list: [], edits: [], joins: [], members: [], session_list: [], truncated: false, ...over,
})

export const trailPage = (over: Partial<TrailTimeline> = {}): TrailTimeline =>
  ({ trail: trail(), next: '', operations: [], facts: [], gaps: [], sessions: [], ...over }) as TrailTimeline
