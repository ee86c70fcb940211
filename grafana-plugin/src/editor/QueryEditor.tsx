import { CoreApp, type QueryEditorProps } from '@grafana/data';
import { InlineField, RadioButtonGroup, Stack } from '@grafana/ui';
import React from 'react';
import type { TrailDatasource } from '../datasource';
import { become, firstQuery } from '../query';
import { queryTypes, type QueryType, type TrailOptions, type TrailQuery } from '../types';
import type { ListValues } from '../values';
import { AnnotationEditor } from './AnnotationEditor';
import { DefinitionsEditor } from './DefinitionsEditor';
import { EventsEditor } from './EventsEditor';
import { FiltersEditor } from './FiltersEditor';
import { MetricsEditor } from './MetricsEditor';
import type { PartProps } from './part';
import { SessionsEditor } from './SessionsEditor';
import { TraceEditor } from './TraceEditor';

export type Props = QueryEditorProps<TrailDatasource, TrailQuery, TrailOptions>;

const parts: Partial<Record<QueryType, React.ComponentType<PartProps>>> = {
  metrics: MetricsEditor,
  sessions: SessionsEditor,
  trace: TraceEditor,
  logs: EventsEditor,
  definitions: DefinitionsEditor,
  annotations: AnnotationEditor,
};

/** Chooses what a panel shows: the type of the query, what belongs to the type, and filters. */
export function QueryEditor({ query, onChange, onRunQuery, datasource, app }: Props) {
  const type = query.queryType ?? datasource.getDefaultQuery(app ?? CoreApp.Unknown).queryType ?? 'metrics';
  const whole: TrailQuery = query.queryType ? query : { ...query, ...firstQuery(type) };
  const change = (part: Partial<TrailQuery>) => {
    onChange({ ...whole, ...part });
    onRunQuery();
  };
  const turn = (next: QueryType) => {
    onChange(become(whole, next));
    onRunQuery();
  };
  const listValues: ListValues = (values, range) => datasource.listValues(values, range);
  const Part = parts[type];
  return (
    <Stack direction="column" gap={0.5}>
      <InlineField label="Show" labelWidth={14}>
        <RadioButtonGroup aria-label="Type of query" options={queryTypes} value={type} onChange={turn} />
      </InlineField>
      {Part && <Part query={whole} change={change} listValues={listValues} />}
      {type !== 'trace' && !(type === 'logs' && whole.session) && <FiltersEditor query={whole} change={change} listValues={listValues} />}
    </Stack>
  );
}
