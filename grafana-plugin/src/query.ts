import type { QueryType, TrailQuery } from './types';

/** A first query of each type that shows something. */
export function firstQuery(type: QueryType): Partial<TrailQuery> {
  switch (type) {
    case 'metrics':
      return { queryType: type, measures: ['calls'], by: ['server'], format: 'timeseries' };
    case 'annotations':
      return { queryType: type, annotation: 'gaps' };
    default:
      return { queryType: type };
  }
}

/** The types of query that one session can be chosen for. */
const ofSession: QueryType[] = ['sessions', 'trace', 'logs'];

/** A query turned into one of another type: what both have in common stays. */
export function become(query: TrailQuery, type: QueryType): TrailQuery {
  const { refId, datasource, hide, filters, session } = query;
  return { refId, datasource, hide, filters, session: ofSession.includes(type) ? session : undefined, ...firstQuery(type) };
}

/** Whether a query is to be run: a hidden one is not, nor a trace without a session. */
export function runs(query: TrailQuery): boolean {
  return !query.hide && (query.queryType !== 'trace' || Boolean(query.session));
}

/** The query for the events around one log line, whatever is filtered. The id of the line ends in session/seq, see pkg/plugin/logs.go. */
export function aroundLine(id: string, side: 'before' | 'after', bodies: boolean | undefined): TrailQuery {
  const [session, seq] = id.split('_').pop()?.split('/') ?? [];
  return { refId: 'context', queryType: 'logs', session, around: Number(seq), side, bodies };
}

/** The query for the volume of events over time behind one for the events; none where a session is chosen, which is shown whole. */
export function volumeOf(query: TrailQuery): TrailQuery | undefined {
  if (query.queryType !== 'logs' || query.session || query.hide) {
    return undefined;
  }
  return { ...query, refId: `log-volume-${query.refId}`, queryType: 'volume', live: false };
}
