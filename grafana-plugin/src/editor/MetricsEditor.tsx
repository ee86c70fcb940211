import { InlineField, MultiCombobox, RadioButtonGroup, Stack } from '@grafana/ui';
import React, { useId } from 'react';
import type { Format } from '../types';
import { dimensions, measures } from '../words';
import { LimitField } from './LimitField';
import type { PartProps } from './part';

const formats: Array<{ value: Format; label: string; description: string }> = [
  { value: 'timeseries', label: 'Time series', description: 'A line for each group, for graphs and alerts' },
  { value: 'table', label: 'Table', description: 'A row for each group, over the whole range' },
  { value: 'number', label: 'Numbers', description: 'A number for each group over the whole range, for stats and alerts' },
];

export function MetricsEditor({ query, change }: PartProps) {
  const id = useId();
  return (
    <>
      <Stack direction="row" wrap="wrap" gap={0.5}>
        <InlineField label="Measure" labelWidth={14} tooltip="Latencies and lags are in milliseconds">
          <MultiCombobox
            id={`${id}-measures`}
            width="auto"
            minWidth={24}
            options={measures}
            value={query.measures ?? ['calls']}
            onChange={(chosen) => change({ measures: chosen.map((o) => o.value) })}
          />
        </InlineField>
        <InlineField label="by" tooltip="By tool, only calls of tools count">
          <MultiCombobox
            id={`${id}-by`}
            width="auto"
            minWidth={20}
            placeholder="all together"
            options={dimensions}
            value={query.by ?? []}
            onChange={(chosen) => change({ by: chosen.map((o) => o.value).slice(0, 4) })}
          />
        </InlineField>
      </Stack>
      <Stack direction="row" wrap="wrap" gap={0.5}>
        <InlineField label="As" labelWidth={14}>
          <RadioButtonGroup aria-label="Format" options={formats} value={query.format ?? 'timeseries'} onChange={(format) => change({ format })} />
        </InlineField>
        <LimitField query={query} change={change} what="Groups" usual={100} />
      </Stack>
    </>
  );
}
