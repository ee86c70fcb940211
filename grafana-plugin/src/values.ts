import type { TimeRange } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import { expand } from './interpolate';
import type { VariableQuery } from './types';

/** Lists the values of a dimension that the record has in a range, or in the backend's usual one. */
export type ListValues = (query: VariableQuery, range?: TimeRange) => Promise<string[]>;

/** The parameters of the backend's resource `values`, see pkg/plugin/resources.go. */
export function valuesParameters(query: VariableQuery, templates: TemplateSrv, range?: TimeRange) {
  return {
    dimension: query.dimension,
    contains: templates.replace(query.contains ?? ''),
    client: expand(query.client ?? [], templates),
    server: expand(query.server ?? [], templates),
    ...(range && { from: range.from.toISOString(), to: range.to.toISOString() }),
  };
}

/** Most values that a list of choices shows; more are found by typing a part. */
const mostChoices = 200;

/** What can be chosen as a value of a filter: variables whose name contains the text, then values of the record. */
export function choices(variables: string[], values: string[], text: string): Array<{ value: string; label: string }> {
  const names = variables.map((name) => `$${name}`).filter((name) => name.includes(text));
  return [...names, ...values.slice(0, mostChoices)].map((value) => ({ value, label: value }));
}
