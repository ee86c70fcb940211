import * as data from '@grafana/data';
import * as ui from '@grafana/ui';
import React, { useState } from 'react';
import * as rxjs from 'rxjs';
import type { TrailQuery } from '../src/types';
import type { Loaded } from './module';
import { range, where } from './shell';

/** The editor of a query, the query that it made, and what it gives. */
export function QueryPart({ plugin, datasource }: Loaded) {
  const [query, setQuery] = useState<TrailQuery>({ refId: 'A', ...(where.get('query') ? JSON.parse(where.get('query')!) : {}) });
  const [answer, setAnswer] = useState('');
  const Editor = plugin.components.QueryEditor!;
  const run = async () => {
    const request = { requestId: 'Q1', targets: [query], range, interval: '1m', intervalMs: 60000, maxDataPoints: 200, scopedVars: {}, timezone: 'utc', app: 'explore', startTime: 0 };
    const response = await rxjs.firstValueFrom(datasource.query(request as data.DataQueryRequest<TrailQuery>));
    const frames = response.data.map((f) => data.toDataFrame(f));
    setAnswer(JSON.stringify({ rows: frames.map((f) => f.length), error: response.errors?.[0]?.message, type: frames[0]?.meta?.preferredVisualisationType }));
  };
  return (
    <>
      <Editor query={query} onChange={setQuery} onRunQuery={() => undefined} datasource={datasource} range={range} app={data.CoreApp.PanelEditor} />
      <hr />
      <ui.Button onClick={run}>Run query</ui.Button>
      <pre id="query">{JSON.stringify(query)}</pre>
      <pre id="answer">{answer}</pre>
    </>
  );
}
