import { Button, Combobox, IconButton, InlineField, MultiCombobox, Stack } from '@grafana/ui';
import { getTemplateSrv } from '@grafana/runtime';
import React from 'react';
import type { Filter } from '../types';
import { choices } from '../values';
import { dimensions } from '../words';
import type { PartProps } from './part';

const operators = [
  { value: 'is', label: 'is one of' },
  { value: 'not', label: 'is none of' },
];

/** Conditions on dimensions; their values are looked up and may be variables. */
export function FiltersEditor({ query, change, listValues }: PartProps) {
  const options = async (dimension: string, text: string) => {
    const values = await listValues({ refId: 'values', dimension, contains: text });
    return choices(getTemplateSrv().getVariables().map((v) => v.name), values, text);
  };
  const filters = query.filters ?? [];
  const set = (at: number, part: Partial<Filter>) => change({ filters: filters.map((f, i) => (i === at ? { ...f, ...part } : f)) });
  return (
    <Stack direction="column" gap={0.5}>
      {filters.map((f, i) => (
        <Stack key={i} direction="row" gap={0.5} alignItems="center">
          <InlineField label={i === 0 ? 'Where' : 'and'} labelWidth={14}>
            <Combobox aria-label="Dimension" width={18} options={dimensions} value={f.dimension} onChange={(o) => set(i, { dimension: o.value, values: [] })} />
          </InlineField>
          <InlineField>
            <Combobox aria-label="Operator" width={16} options={operators} value={f.not ? 'not' : 'is'} onChange={(o) => set(i, { not: o.value === 'not' })} />
          </InlineField>
          <InlineField>
            <MultiCombobox
              width="auto"
              minWidth={28}
              createCustomValue
              placeholder="any"
              options={(text) => options(f.dimension, text)}
              value={f.values}
              onChange={(chosen) => set(i, { values: chosen.map((o) => o.value) })}
            />
          </InlineField>
          <IconButton name="trash-alt" aria-label="Remove filter" onClick={() => change({ filters: filters.filter((_, n) => n !== i) })} />
        </Stack>
      ))}
      <div>
        <Button variant="secondary" size="sm" icon="plus" onClick={() => change({ filters: [...filters, { dimension: 'client', values: [] }] })}>
          Filter
        </Button>
      </div>
    </Stack>
  );
}
