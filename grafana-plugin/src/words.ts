import { dimensionValues, measureValues, type components } from './schema.gen';

type Measure = components['schemas']['Measure'];
type Dimension = components['schemas']['Dimension'];

/** What people read for a measure. The lists are those of the service; one without a label here does not compile. */
const measureLabels: Record<Measure, string> = {
  calls: 'Calls',
  tool_calls: 'Tool calls',
  errors: 'Errors',
  error_rate: 'Error rate',
  latency_p50: 'Latency, median',
  latency_p90: 'Latency, 90 %',
  latency_p99: 'Latency, 99 %',
  latency_max: 'Latency, longest',
  sessions: 'Sessions',
  agents: 'Agents',
  servers: 'Servers',
  events: 'Events',
  bytes: 'Bytes',
  gaps: 'Gaps',
  lost: 'Messages lost',
  auth_failures: 'Refusals (401, 403)',
  lag_p50: 'Ingest lag, median',
  lag_max: 'Ingest lag, longest',
};

const dimensionLabels: Record<Dimension, string> = {
  client: 'Client',
  server: 'Server',
  tool: 'Tool',
  principal: 'Principal',
  method: 'Method',
  target: 'Target',
  upstream: 'Upstream',
  transport: 'Transport',
  outcome: 'Outcome',
  kind: 'Kind of event',
  collector: 'Collector',
  scope: 'Scope',
};

/** What can be chosen, in the order of the service's description. */
const options = <T extends string>(values: readonly T[], labels: Record<T, string>): Array<{ value: string; label: string }> =>
  values.map((value) => ({ value, label: labels[value] }));

export const measures = options(measureValues, measureLabels);
export const dimensions = options(dimensionValues, dimensionLabels);
