import type { DataSourceApi, QueryEditorProps } from '@grafana/data';
import { Combobox, InlineField, Stack } from '@grafana/ui';
import React from 'react';
import type { TrailOptions, TrailQuery, VariableQuery } from '../types';
import { dimensions } from '../words';
import { TextField } from './TextField';

type Props = QueryEditorProps<DataSourceApi<TrailQuery, TrailOptions>, TrailQuery, TrailOptions, VariableQuery>;

/** Chooses the dimension whose values a template variable lists. */
export function VariableEditor({ query, onChange }: Props) {
  const change = (part: Partial<VariableQuery>) => onChange({ ...query, refId: 'variable', ...part });
  return (
    <Stack direction="row" wrap="wrap" gap={0.5}>
      <InlineField label="Values of" labelWidth={14}>
        <Combobox aria-label="Values of" width={24} options={dimensions} value={query.dimension} onChange={(o) => change({ dimension: o.value })} />
      </InlineField>
      <TextField label="containing" value={query.contains} store={(contains) => change({ contains })} />
    </Stack>
  );
}
