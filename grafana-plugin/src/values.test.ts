import type { TimeRange } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import { expect, test } from 'vitest';
import { choices, valuesParameters } from './values';

const templates = { getVariables: () => [], replace: (text: string) => text.replace('$part', 'fil') } as unknown as TemplateSrv;

const at = (time: string) => ({ toISOString: () => time });

test('what is asked for has its variables in place, and the range where there is one', () => {
  const range = { from: at('2026-11-22T00:00:00Z'), to: at('2026-11-23T00:00:00Z') } as unknown as TimeRange;
  const query = { refId: 'v', dimension: 'tool', contains: '$part', client: ['a'] };
  expect(valuesParameters(query, templates)).toEqual({ dimension: 'tool', contains: 'fil', client: ['a'], server: [] });
  expect(valuesParameters(query, templates, range)).toEqual({ dimension: 'tool', contains: 'fil', client: ['a'], server: [], from: '2026-11-22T00:00:00Z', to: '2026-11-23T00:00:00Z' });
});

test('variables can be chosen before values, and of many values the first', () => {
  expect(choices(['client', 'tool'], ['tooth'], 'too')).toEqual([{ value: '$tool', label: '$tool' }, { value: 'tooth', label: 'tooth' }]);
  expect(choices([], Array.from({ length: 500 }, String), '')).toHaveLength(200);
});
