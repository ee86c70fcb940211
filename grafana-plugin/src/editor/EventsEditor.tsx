import { InlineField, InlineSwitch, Stack } from '@grafana/ui';
import React from 'react';
import { LimitField } from './LimitField';
import type { PartProps } from './part';
import { TextField } from './TextField';

export function EventsEditor({ query, change }: PartProps) {
  return (
    <Stack direction="row" wrap="wrap" gap={0.5}>
      <TextField label="Session" placeholder="all, or an id of any time" value={query.session} store={(session) => change({ session })} width={40} />
      <InlineField label="Only failures">
        <InlineSwitch aria-label="Only failures" value={query.failed ?? false} onChange={(e) => change({ failed: e.currentTarget.checked })} />
      </InlineField>
      <InlineField label="Payloads" tooltip="The first 4 KiB of each; timelines have the whole">
        <InlineSwitch aria-label="Payloads" value={query.bodies ?? false} onChange={(e) => change({ bodies: e.currentTarget.checked })} />
      </InlineField>
      <InlineField label="Live" tooltip="Show events as they are stored">
        <InlineSwitch aria-label="Live" value={query.live ?? false} onChange={(e) => change({ live: e.currentTarget.checked })} />
      </InlineField>
      <LimitField query={query} change={change} what="Lines" usual={500} />
    </Stack>
  );
}
