// Loads the built module.js as AMD, as Grafana does, with the real packages.
import * as data from '@grafana/data';
import * as runtime from '@grafana/runtime';
import * as schema from '@grafana/schema';
import * as ui from '@grafana/ui';
import React from 'react';
import * as ReactDOM from 'react-dom';
import * as rxjs from 'rxjs';
import type { TrailDatasource } from '../src/datasource';
import type { TrailOptions, TrailQuery, TrailSecrets } from '../src/types';

export type Plugin = data.DataSourcePlugin<TrailDatasource, TrailQuery, TrailOptions, TrailSecrets>;

/** What each part of the page gets. */
export interface Loaded {
  plugin: Plugin;
  datasource: TrailDatasource;
}

const shared: Record<string, unknown> = { react: React, 'react-dom': ReactDOM, rxjs, '@grafana/data': data, '@grafana/runtime': runtime, '@grafana/ui': ui, '@grafana/schema': schema };

export function load(): Promise<Plugin> {
  return new Promise((resolve, reject) => {
    const define = (names: string[], factory: (...parts: unknown[]) => { plugin: Plugin }) => {
      const missing = names.filter((n) => !shared[n]);
      if (missing.length > 0) {
        reject(new Error(`module.js asks for ${missing.join(', ')}`));
        return;
      }
      resolve(factory(...names.map((n) => shared[n])).plugin);
    };
    Object.assign(window, { define });
    const script = document.createElement('script');
    script.src = '/module.js';
    script.addEventListener('error', () => reject(new Error('module.js does not load')));
    document.head.append(script);
  });
}
