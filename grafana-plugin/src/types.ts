import type { DataQuery } from '@grafana/schema';
import type { DataSourceJsonData } from '@grafana/data';

/** A condition on one dimension; no values is no condition. */
export interface Filter {
  dimension: string;
  not?: boolean;
  values: string[];
}

/** What the backend's query type reads, see pkg/plugin/query.go. */
export interface TrailQuery extends DataQuery {
  queryType?: QueryType;
  measures?: string[];
  by?: string[];
  format?: Format;
  filters?: Filter[];
  session?: string;
  text?: string;
  failed?: boolean;
  incomplete?: boolean;
  changed?: boolean;
  bodies?: boolean;
  /** live shows events as they are stored, in logs. */
  live?: boolean;
  annotation?: string;
  limit?: number;
  /** around is the seq about which context is asked, side the side of it. */
  around?: number;
  side?: 'before' | 'after';
}

export type QueryType = 'metrics' | 'sessions' | 'trace' | 'logs' | 'volume' | 'nodegraph' | 'definitions' | 'annotations';
export type Format = 'timeseries' | 'table' | 'number';

/** What the config page stores. */
export interface TrailOptions extends DataSourceJsonData {
  webUrl?: string;
  tlsSkipVerify?: boolean;
  tlsAuthWithCACert?: boolean;
  serverName?: string;
}

export interface TrailSecrets {
  token?: string;
  tlsCACert?: string;
}

/** A template variable lists the values of a dimension. */
export interface VariableQuery extends DataQuery {
  dimension: string;
  contains?: string;
  client?: string[];
  server?: string[];
}

export const queryTypes: Array<{ value: QueryType; label: string; description: string }> = [
  { value: 'metrics', label: 'Metrics', description: 'Counts, error rates and latencies over time' },
  { value: 'sessions', label: 'Sessions', description: 'A table of sessions with links to their timelines' },
  { value: 'trace', label: 'Trace', description: 'One session as a trace' },
  { value: 'logs', label: 'Events', description: 'Events as log lines, also live' },
  { value: 'nodegraph', label: 'Graph', description: 'Which agents called which tools of which servers' },
  { value: 'definitions', label: 'Definitions', description: 'Tools, prompts and resources that servers offered, and which changed' },
  { value: 'annotations', label: 'Annotations', description: 'Sessions, gaps, refusals and changes as marks' },
];

export const annotationKinds = [
  { value: 'sessions', label: 'Sessions' },
  { value: 'gaps', label: 'Gaps' },
  { value: 'auth', label: 'Refusals (401, 403)' },
  { value: 'definitions', label: 'Definitions changed' },
];
