// A page that stands in for Grafana: it loads the built module.js as AMD with the
// real @grafana packages, and shows the plugin's editors. Its backend is the plugin
// itself, behind the test's server.
import * as data from '@grafana/data';
import * as runtime from '@grafana/runtime';
import * as schema from '@grafana/schema';
import * as ui from '@grafana/ui';
import React, { useState } from 'react';
import * as ReactDOM from 'react-dom';
import { createRoot } from 'react-dom/client';
import * as rxjs from 'rxjs';
import type { TrailDatasource } from '../src/datasource';
import type { TrailOptions, TrailQuery, TrailSecrets } from '../src/types';

type Plugin = data.DataSourcePlugin<TrailDatasource, TrailQuery, TrailOptions, TrailSecrets>;

const shared: Record<string, unknown> = { react: React, 'react-dom': ReactDOM, rxjs, '@grafana/data': data, '@grafana/runtime': runtime, '@grafana/ui': ui, '@grafana/schema': schema };

const settings = {
  id: 1, uid: 'trail', name: 'mcptrail', type: 'mcptrail-mcptrail-datasource', access: 'proxy', url: '', readOnly: false,
  jsonData: {}, meta: { id: 'mcptrail-mcptrail-datasource', backend: true },
} as unknown as data.DataSourceInstanceSettings<TrailOptions>;

const where = new URLSearchParams(location.search);
const theme = data.createTheme({ colors: { mode: where.get('theme') === 'light' ? 'light' : 'dark' } });
const day = { from: data.dateTime('2026-11-22T00:00:00Z'), to: data.dateTime('2026-11-23T00:00:00Z') };
const range = { ...day, raw: day };

async function call(options: runtime.BackendSrvRequest) {
  const address = new URL(options.url, location.href);
  for (const [name, value] of Object.entries(options.params ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      address.searchParams.append(name, String(one));
    }
  }
  const answer = await fetch(address, { method: options.method ?? 'GET', headers: { 'Content-Type': 'application/json' }, body: options.data && JSON.stringify(options.data) });
  const body = await answer.json();
  if (!answer.ok) {
    throw { status: answer.status, statusText: answer.statusText, data: body };
  }
  return { data: body, status: answer.status, ok: true };
}

/** What the shell gives to plugins, as far as this one asks it. */
function shell() {
  const fetchOf = (options: runtime.BackendSrvRequest) => rxjs.from(call(options));
  const get = (url: string, params?: Record<string, unknown>) => call({ url, params }).then((r) => r.data);
  runtime.setBackendSrv({ fetch: fetchOf, get } as unknown as runtime.BackendSrv);
  runtime.setDataSourceSrv({ getInstanceSettings: () => settings } as unknown as runtime.DataSourceSrv);
  const tails: string[] = [];
  Object.assign(window, { tails });
  runtime.setGrafanaLiveSrv({
    getDataStream: (options: runtime.LiveDataStreamOptions) => {
      tails.push(options.addr.path);
      return rxjs.of({ data: [], state: data.LoadingState.Streaming });
    },
  } as unknown as runtime.GrafanaLiveSrv);
  runtime.setTemplateSrv({
    getVariables: () => [{ name: 'client', current: { value: ['$__all'] } }, { name: 'two', current: { value: ['a', 7] } }],
    replace: (text = '', _scoped: unknown, format?: (v: unknown) => string) => (typeof format === 'function' && text.includes('two') ? format(['a', 7]) : text),
    containsTemplate: () => false,
    updateTimeRange: () => undefined,
  } as unknown as runtime.TemplateSrv);
}

function load(): Promise<Plugin> {
  return new Promise((resolve, reject) => {
    const define = (names: string[], factory: (...parts: unknown[]) => { plugin: Plugin }) => {
      const missing = names.filter((n) => !shared[n]);
      missing.length ? reject(new Error(`module.js asks for ${missing}`)) : resolve(factory(...names.map((n) => shared[n])).plugin);
    };
    Object.assign(window, { define });
    const script = document.createElement('script');
    script.src = '/module.js';
    script.onerror = () => reject(new Error('module.js does not load'));
    document.head.append(script);
  });
}

function Query({ plugin, datasource }: { plugin: Plugin; datasource: TrailDatasource }) {
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

function Config({ plugin, datasource }: { plugin: Plugin; datasource: TrailDatasource }) {
  const [options, setOptions] = useState({ ...settings, orgId: 1, secureJsonFields: {}, url: where.get('url') ?? '' } as unknown as data.DataSourceSettings<TrailOptions, TrailSecrets>);
  const [result, setResult] = useState<{ status?: string; message?: string }>();
  const Editor = plugin.components.ConfigEditor! as React.ComponentType<data.DataSourcePluginOptionsEditorProps<TrailOptions, TrailSecrets>>;
  const test = async () => {
    await call({ url: '/settings', method: 'POST', data: options });
    setResult(await datasource.testDatasource().catch((e: { message: string }) => ({ status: 'error', message: e.message })));
  };
  return (
    <>
      <Editor options={options} onOptionsChange={setOptions} />
      <ui.Button onClick={test}>Save &amp; test</ui.Button>
      {result && <ui.Alert title={result.message ?? ''} severity={result.status === 'OK' || result.status === 'success' ? 'success' : 'error'} data-testid="result" />}
    </>
  );
}

function Variable({ datasource }: { datasource: TrailDatasource }) {
  const support = datasource.variables as unknown as { editor: React.ComponentType<{ query: unknown; onChange: (q: unknown) => void; datasource: unknown }> };
  const [query, setQuery] = useState<unknown>({ refId: 'variable', dimension: 'server' });
  return (
    <>
      <support.editor query={query} onChange={setQuery} datasource={datasource} />
      <pre id="query">{JSON.stringify(query)}</pre>
    </>
  );
}

shell();
const plugin = await load();
const datasource = new plugin.DataSourceClass(settings);
Object.assign(window, { datasource });
const parts: Record<string, React.ComponentType<{ plugin: Plugin; datasource: TrailDatasource }>> = { query: Query, config: Config, variable: Variable };
const Part = parts[where.get('show') ?? 'query'];
document.body.style.background = theme.colors.background.primary;
document.body.style.color = theme.colors.text.primary;
createRoot(document.getElementById('root')!).render(
  <data.ThemeContext.Provider value={theme}>
    <ui.GlobalStyles />
    <div style={{ padding: 16, width: 1180 }}>
      <Part plugin={plugin} datasource={datasource} />
    </div>
    <ui.PortalContainer />
  </data.ThemeContext.Provider>
);
