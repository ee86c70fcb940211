import type { AdHocVariableFilter, ScopedVars } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import { expect, test } from 'vitest';
import { expand, expandFilters } from './interpolate';

const variables: Record<string, unknown> = { one: 'files', two: ['a', 7], all: ['$__all'], number: 42, empty: [] };

/** Replaces variables as Grafana does: with a function, by what it makes of the value; else as text, lists in braces. */
const templates = {
  getVariables: () => Object.entries(variables).map(([name, value]) => ({ name, current: { value } })),
  replace: (text: string, scoped?: ScopedVars, format?: (value: unknown) => string) =>
    text.replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)(?::\w+)?\]\]/g, (whole, ...names: string[]) => {
      const name = names[0] ?? names[1] ?? names[2];
      const value: unknown = scoped?.[name]?.value ?? variables[name];
      if (value === undefined) {
        return whole;
      }
      return format ? format(value) : Array.isArray(value) ? `{${value.join(',')}}` : String(value);
    }),
} as unknown as TemplateSrv;

test.each([
  ['plain values', ['x', 'y'], ['x', 'y']],
  ['a variable of one value', ['$one'], ['files']],
  ['a variable of several values', ['${two}'], ['a', '7']],
  ['the older way of writing', ['[[two]]'], ['a', '7']],
  ['a format, which is for text', ['${two:csv}', '[[one:raw]]'], ['a', '7', 'files']],
  ['a number', ['$number'], ['42']],
  ['a variable within a value', ['x-$one'], ['x-files']],
  ['a variable of no value', ['$empty'], []],
  ['one that nobody knows stays as it is', ['$nobody'], ['$nobody']],
  ['All is no condition', ['$all'], []],
  ['All beside others is no condition either', ['x', '$all'], []],
  ['All by its own word', ['$__all'], []],
])('values with %s', (_, values, want) => {
  expect(expand(values, templates)).toEqual(want);
});

test('a variable of a repeated panel comes before that of the dashboard', () => {
  expect(expand(['$two'], templates, { two: { text: 'b', value: 'b' } })).toEqual(['b']);
  expect(expand(['$one'], templates, { one: { text: 'All', value: '$__all' } })).toEqual([]);
  expect(expand(['$all'], templates, { all: { text: 'c', value: ['c'] } })).toEqual(['c']);
});

test('a filter without values or without a dimension is none', () => {
  expect(
    expandFilters([{ dimension: 'client', values: ['$all'] }, { dimension: '', values: ['x'] }, { dimension: 'server', not: true, values: ['$one'] }], templates)
  ).toEqual([{ dimension: 'server', not: true, values: ['files'] }]);
});

const adHoc = (over: Partial<AdHocVariableFilter>) => expandFilters([], templates, {}, [{ key: 'tool', operator: '=', value: 'x', ...over }]);

test("the dashboard's own filters come behind those of the query", () => {
  expect(adHoc({})).toEqual([{ dimension: 'tool', not: false, values: ['x'] }]);
  expect(adHoc({ operator: '!=' })).toEqual([{ dimension: 'tool', not: true, values: ['x'] }]);
  expect(adHoc({ operator: '=|', values: ['a', 'b'] })).toEqual([{ dimension: 'tool', not: false, values: ['a', 'b'] }]);
  expect(adHoc({ operator: '!=|', value: 'a', values: [] })).toEqual([{ dimension: 'tool', not: true, values: ['a'] }]);
});

test.each(['=~', '!~', '<', '>'])('a filter with %s is refused, in words for who made it', (operator) => {
  expect(() => adHoc({ operator })).toThrow(`The filter tool ${operator} x cannot be answered.`);
});
