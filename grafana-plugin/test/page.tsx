// A page that takes the place of Grafana: it loads the built module.js with the real @grafana packages, and shows the
// plugin's editors. Its backend is the plugin itself, behind the test's server.
import * as data from '@grafana/data';
import * as ui from '@grafana/ui';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { ConfigPart } from './ConfigPart';
import { load, type Loaded } from './module';
import { QueryPart } from './QueryPart';
import { setShell, settings, where } from './shell';
import { VariablePart } from './VariablePart';

setShell();
const plugin = await load();
const datasource = new plugin.DataSourceClass(settings);
Object.assign(window, { datasource });
const parts: Record<string, React.ComponentType<Loaded>> = { query: QueryPart, config: ConfigPart, variable: VariablePart };
const theme = data.createTheme({ colors: { mode: where.get('theme') === 'light' ? 'light' : 'dark' } });
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
