import { InlineField, Input } from '@grafana/ui';
import React from 'react';
import type { TrailQuery } from '../types';

interface Props {
  query: TrailQuery;
  change: (part: Partial<TrailQuery>) => void;
  /** what is limited, and how many there are without a word. */
  what: string;
  usual: number;
}

/** How many at most; stored when the field is left. */
export function LimitField({ query, change, what, usual }: Props) {
  const store = (text: string) => {
    const limit = Number(text) || undefined;
    if (limit !== query.limit) {
      change({ limit });
    }
  };
  return (
    <InlineField label={what} tooltip="At most 10,000">
      <Input
        aria-label={`${what} at most`}
        type="number"
        min={1}
        max={10000}
        width={12}
        placeholder={String(usual)}
        defaultValue={query.limit}
        onBlur={(e) => store(e.currentTarget.value)}
      />
    </InlineField>
  );
}
