import { DataSourcePlugin } from '@grafana/data';
import { TrailDatasource } from './datasource';
import { ConfigEditor } from './editor/ConfigEditor';
import { QueryEditor } from './editor/QueryEditor';
import type { TrailOptions, TrailQuery, TrailSecrets } from './types';

export const plugin = new DataSourcePlugin<TrailDatasource, TrailQuery, TrailOptions, TrailSecrets>(TrailDatasource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
