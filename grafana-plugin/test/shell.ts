// What Grafana's shell gives to plugins, as far as this one asks for it: the data source as it is set, the backend
// behind the test's server, and template variables.
import * as data from '@grafana/data';
import * as runtime from '@grafana/runtime';
import * as rxjs from 'rxjs';
import type { TrailOptions } from '../src/types';

export const settings = {
  id: 1, uid: 'trail', name: 'mcptrail', type: 'mcptrail-mcptrail-datasource', access: 'proxy', url: '', readOnly: false,
  jsonData: {}, meta: { id: 'mcptrail-mcptrail-datasource', backend: true },
} as unknown as data.DataSourceInstanceSettings<TrailOptions>;

const day = { from: data.dateTime('2026-11-22T00:00:00Z'), to: data.dateTime('2026-11-23T00:00:00Z') };
export const range = { ...day, raw: day };

/** The address of the page says what is shown. */
export const where = new URLSearchParams(location.search);

export async function call(options: runtime.BackendSrvRequest) {
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

const fetchOf = (options: runtime.BackendSrvRequest) => rxjs.from(call(options));
const get = (url: string, params?: Record<string, unknown>) => call({ url, params }).then((r) => r.data);

/** Sets what the packages of Grafana ask the shell for. */
export function setShell() {
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
