import type * as data from '@grafana/data';
import * as ui from '@grafana/ui';
import React, { useState } from 'react';
import type { TrailOptions, TrailSecrets } from '../src/types';
import type { Loaded } from './module';
import { call, settings, where } from './shell';

/** The page of a data source's settings. */
export function ConfigPart({ plugin, datasource }: Loaded) {
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
