import { expect, test } from 'vitest';
import { aroundLine, become, firstQuery, runs, volumeOf } from './query';
import { queryTypes, type TrailQuery } from './types';

const whole: TrailQuery = {
  refId: 'B', datasource: { uid: 'trail' }, hide: false, filters: [{ dimension: 'client', values: ['a'] }],
  queryType: 'logs', session: 's', bodies: true, live: true, limit: 20,
};

test.each(queryTypes.map((t) => t.value))('a query that becomes %s keeps its filters and loses what is not of the type', (type) => {
  expect(become(whole, type)).toEqual({
    refId: 'B', datasource: { uid: 'trail' }, hide: false, filters: [{ dimension: 'client', values: ['a'] }],
    session: ['sessions', 'trace', 'logs'].includes(type) ? 's' : undefined,
    ...firstQuery(type),
  });
});

test('hidden queries do not run, nor does a trace without a session', () => {
  expect(runs({ refId: 'A', queryType: 'metrics' })).toBe(true);
  expect(runs({ refId: 'A', queryType: 'metrics', hide: true })).toBe(false);
  expect(runs({ refId: 'A', queryType: 'trace' })).toBe(false);
  expect(runs({ refId: 'A', queryType: 'trace', session: 's' })).toBe(true);
});

test('the events around a line are those of its session about its number', () => {
  const want = { refId: 'context', queryType: 'logs', session: '01a2037b-cff2-79b7-8413-402e7026259b', around: 41, side: 'after', bodies: true };
  expect(aroundLine('A_01a2037b-cff2-79b7-8413-402e7026259b/41', 'after', true)).toEqual(want);
  expect(aroundLine('my_panel_01a2037b-cff2-79b7-8413-402e7026259b/41', 'after', true)).toEqual(want);
});

test('only events of many sessions have a volume, which is not live', () => {
  const events: TrailQuery = { ...whole, session: undefined };
  expect(volumeOf(events)).toEqual({ ...events, refId: 'log-volume-B', queryType: 'volume', live: false });
  expect(volumeOf(whole)).toBeUndefined();
  expect(volumeOf({ ...events, hide: true })).toBeUndefined();
  expect(volumeOf({ ...events, queryType: 'metrics' })).toBeUndefined();
});
