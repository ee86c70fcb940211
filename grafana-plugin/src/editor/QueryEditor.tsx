import { CoreApp, QueryEditorProps } from '@grafana/data';
import { InlineField, RadioButtonGroup, Stack } from '@grafana/ui';
import React from 'react';
import type { TrailDatasource } from '../datasource';
import { firstQuery, QueryType, queryTypes, TrailOptions, TrailQuery } from '../types';
import { AnnotationEditor } from './AnnotationEditor';
import { DefinitionsEditor } from './DefinitionsEditor';
import { EventsEditor } from './EventsEditor';
import { FiltersEditor } from './FiltersEditor';
import { MetricsEditor } from './MetricsEditor';
import { SessionsEditor } from './SessionsEditor';
import { TraceEditor } from './TraceEditor';

export type Props = QueryEditorProps<TrailDatasource, TrailQuery, TrailOptions>;

/** What the editors of the types share. */
export interface PartProps {
  query: TrailQuery;
  /** change stores a part of the query and runs it. */
  change: (part: Partial<TrailQuery>) => void;
  datasource: TrailDatasource;
}

const parts: Partial<Record<QueryType, React.ComponentType<PartProps>>> = {
  metrics: MetricsEditor,
  sessions: SessionsEditor,
  trace: TraceEditor,
  logs: EventsEditor,
  definitions: DefinitionsEditor,
  annotations: AnnotationEditor,
};

export function QueryEditor({ query, onChange, onRunQuery, datasource, app }: Props) {
  const type = query.queryType ?? datasource.getDefaultQuery(app ?? CoreApp.Unknown).queryType ?? 'metrics';
  const whole: TrailQuery = query.queryType ? query : { ...query, ...firstQuery(type) };
  const change = (part: Partial<TrailQuery>) => {
    onChange({ ...whole, ...part });
    onRunQuery();
  };
  const become = (next: QueryType) => {
    const { refId, datasource: ref, hide, filters } = whole;
    const session = ['sessions', 'trace', 'logs'].includes(next) ? whole.session : undefined;
    onChange({ refId, datasource: ref, hide, filters, session, ...firstQuery(next) });
    onRunQuery();
  };
  const Part = parts[type];
  return (
    <Stack direction="column" gap={0.5}>
      <InlineField label="Show" labelWidth={14}>
        <RadioButtonGroup aria-label="Type of query" options={queryTypes} value={type} onChange={become} />
      </InlineField>
      {Part && <Part query={whole} change={change} datasource={datasource} />}
      {type !== 'trace' && !(type === 'logs' && whole.session) && <FiltersEditor query={whole} change={change} datasource={datasource} />}
    </Stack>
  );
}
