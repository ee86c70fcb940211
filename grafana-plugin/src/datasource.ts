import type {
  AdHocVariableFilter,
  DataQueryRequest,
  DataQueryResponse,
  DataSourceGetTagKeysOptions,
  DataSourceGetTagValuesOptions,
  DataSourceInstanceSettings,
  DataSourceWithLogsContextSupport,
  DataSourceWithSupplementaryQueriesSupport,
  LogRowContextOptions,
  LogRowModel,
  MetricFindValue,
  ScopedVars,
  SupplementaryQueryOptions,
  TimeRange,
} from '@grafana/data';
import { CoreApp, dateTime, LiveChannelScope, LogRowContextQueryDirection, SupplementaryQueryType } from '@grafana/data';
import { DataSourceWithBackend, getGrafanaLiveSrv, getTemplateSrv } from '@grafana/runtime';
import { firstValueFrom, merge, type Observable } from 'rxjs';
import { expandFilters } from './interpolate';
import { aroundLine, firstQuery, runs, volumeOf } from './query';
import type { TrailOptions, TrailQuery, VariableQuery } from './types';
import { valuesParameters } from './values';
import { Variables } from './variables';
import { dimensions } from './words';

/** Asks the backend. It changes queries in one way only: variables are put in. */
export class TrailDatasource
  extends DataSourceWithBackend<TrailQuery, TrailOptions>
  implements DataSourceWithLogsContextSupport<TrailQuery>, DataSourceWithSupplementaryQueriesSupport<TrailQuery>
{
  constructor(settings: DataSourceInstanceSettings<TrailOptions>) {
    super(settings);
    this.annotations = { getDefaultQuery: () => ({ ...firstQuery('annotations') }) };
    this.variables = new Variables((query, range) => this.listValues(query, range));
  }

  override getDefaultQuery(app: CoreApp): Partial<TrailQuery> {
    return firstQuery(app === CoreApp.Explore ? 'sessions' : 'metrics');
  }

  override filterQuery(query: TrailQuery): boolean {
    return runs(query);
  }

  override applyTemplateVariables(query: TrailQuery, scoped: ScopedVars, filters?: AdHocVariableFilter[]): TrailQuery {
    const templates = getTemplateSrv();
    return {
      ...query,
      filters: expandFilters(query.filters ?? [], templates, scoped, filters),
      session: query.session && templates.replace(query.session, scoped).trim(),
      text: query.text && templates.replace(query.text, scoped),
    };
  }

  override interpolateVariablesInQueries(queries: TrailQuery[], scoped: ScopedVars, filters?: AdHocVariableFilter[]): TrailQuery[] {
    return queries.map((q) => ({ ...this.applyTemplateVariables(q, scoped, filters), datasource: this.getRef() }));
  }

  override query(request: DataQueryRequest<TrailQuery>): Observable<DataQueryResponse> {
    const live = (q: TrailQuery) => q.queryType === 'logs' && (q.live || Boolean(request.liveStreaming)) && this.filterQuery(q);
    const tails = request.targets.filter(live).map((q) => this.tail(q, request));
    const rest = request.targets.filter((q) => !live(q));
    if (tails.length === 0) {
      return super.query(request);
    }
    return merge(...tails, ...(rest.length > 0 ? [super.query({ ...request, targets: rest })] : []));
  }

  /** Each run has a path of its own, so that nobody gets what another one filters. */
  private tail(query: TrailQuery, request: DataQueryRequest<TrailQuery>): Observable<DataQueryResponse> {
    return getGrafanaLiveSrv().getDataStream({
      key: `${request.requestId}.${query.refId}`,
      addr: {
        scope: LiveChannelScope.DataSource,
        stream: this.uid,
        namespace: this.uid,
        path: `tail/${crypto.getRandomValues(new Uint32Array(4)).join('-')}`,
        data: this.applyTemplateVariables(query, request.scopedVars, request.filters),
      },
      buffer: { maxLength: 1000 },
    });
  }

  async listValues(query: VariableQuery, range?: TimeRange): Promise<string[]> {
    const found = await this.getResource<{ values: string[] }>('values', valuesParameters(query, getTemplateSrv(), range));
    return found.values;
  }

  override async getTagKeys(_options?: DataSourceGetTagKeysOptions<TrailQuery>): Promise<MetricFindValue[]> {
    return dimensions.map((d) => ({ text: d.value }));
  }

  override async getTagValues(options: DataSourceGetTagValuesOptions<TrailQuery>): Promise<MetricFindValue[]> {
    const values = await this.listValues({ refId: 'values', dimension: options.key }, options.timeRange);
    return values.map((text) => ({ text }));
  }

  /** The events around one of a session, whatever is filtered. */
  async getLogRowContext(row: LogRowModel, options?: LogRowContextOptions, query?: TrailQuery): Promise<DataQueryResponse> {
    const side = options?.direction === LogRowContextQueryDirection.Forward ? 'after' : 'before';
    return firstValueFrom(super.query(aside(aroundLine(row.uid, side, query?.bodies), row)));
  }

  getSupportedSupplementaryQueryTypes(): SupplementaryQueryType[] {
    return [SupplementaryQueryType.LogsVolume];
  }

  getSupplementaryQuery(options: SupplementaryQueryOptions, query: TrailQuery): TrailQuery | undefined {
    return options.type === SupplementaryQueryType.LogsVolume ? volumeOf(query) : undefined;
  }

  getSupplementaryRequest(type: SupplementaryQueryType, request: DataQueryRequest<TrailQuery>): DataQueryRequest<TrailQuery> | undefined {
    if (type !== SupplementaryQueryType.LogsVolume) {
      return undefined;
    }
    const targets = request.targets.flatMap((q) => volumeOf(q) ?? []);
    return targets.length > 0 ? { ...request, targets, liveStreaming: false } : undefined;
  }
}

/** A request for one query that is no panel's. */
function aside(target: TrailQuery, row: LogRowModel): DataQueryRequest<TrailQuery> {
  const at = dateTime(row.timeEpochMs);
  return {
    requestId: `context-${row.uid}-${target.side}`,
    app: CoreApp.Explore,
    interval: '1s',
    intervalMs: 1000,
    range: { from: at, to: at, raw: { from: at, to: at } },
    scopedVars: {},
    startTime: Date.now(),
    targets: [target],
    timezone: 'utc',
  };
}
