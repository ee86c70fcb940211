import { InlineField, InlineSwitch, RadioButtonGroup, Stack } from '@grafana/ui';
import React from 'react';
import type { Format } from '../types';
import { LimitField } from './LimitField';
import type { PartProps } from './part';
import { TextField } from './TextField';

const formats: Array<{ value: Format; label: string; description: string }> = [
  { value: 'table', label: 'Table', description: 'A row for each name' },
  { value: 'number', label: 'Numbers', description: 'How many of each upstream, for stats and alerts' },
];

export function DefinitionsEditor({ query, change }: PartProps) {
  return (
    <Stack direction="row" wrap="wrap" gap={0.5}>
      <InlineField label="As" labelWidth={14}>
        <RadioButtonGroup aria-label="Format" options={formats} value={query.format ?? 'table'} onChange={(format) => change({ format })} />
      </InlineField>
      <TextField label="Name" placeholder="part of it" value={query.text} store={(text) => change({ text })} />
      <InlineField label="Only changed" tooltip="Those that were described in other words within the range">
        <InlineSwitch aria-label="Only changed" value={query.changed ?? false} onChange={(e) => change({ changed: e.currentTarget.checked })} />
      </InlineField>
      <LimitField query={query} change={change} what="Rows" usual={500} />
    </Stack>
  );
}
