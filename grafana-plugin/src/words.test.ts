import { expect, test } from 'vitest';
import document from '../pkg/api/openapi.json';
import { dimensions, measures } from './words';

const { Measure, Dimension } = document.components.schemas;

test.each([
  ['measures', measures, Measure],
  ['dimensions', dimensions, Dimension],
])('%s are those of the service, in its order, each with a label', (_, options, described) => {
  expect(options.map((o) => o.value)).toEqual(described.enum);
  expect(options.filter((o) => !o.label)).toEqual([]);
});
