import { InlineField, InlineSwitch, Stack } from '@grafana/ui';
import React from 'react';
import { LimitField } from './LimitField';
import type { PartProps } from './part';
import { TextField } from './TextField';

export function SessionsEditor({ query, change }: PartProps) {
  return (
    <Stack direction="row" wrap="wrap" gap={0.5}>
      <TextField label="Session" placeholder="id, of any time" value={query.session} store={(session) => change({ session })} width={40} />
      <TextField label="Text" placeholder="words in a payload" value={query.text} store={(text) => change({ text })} />
      <InlineField label="With errors">
        <InlineSwitch aria-label="With errors" value={query.failed ?? false} onChange={(e) => change({ failed: e.currentTarget.checked })} />
      </InlineField>
      <InlineField label="Open or incomplete" tooltip="Sessions that go on, or of which something is missing">
        <InlineSwitch aria-label="Open or incomplete" value={query.incomplete ?? false} onChange={(e) => change({ incomplete: e.currentTarget.checked })} />
      </InlineField>
      <LimitField query={query} change={change} what="Rows" usual={500} />
    </Stack>
  );
}
