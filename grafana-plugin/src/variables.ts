import { CustomVariableSupport, type DataQueryRequest, type DataQueryResponse, type DataSourceApi } from '@grafana/data';
import { from, type Observable } from 'rxjs';
import { VariableEditor } from './editor/VariableEditor';
import type { TrailOptions, TrailQuery, VariableQuery } from './types';
import type { ListValues } from './values';

/** Template variables are the values of a dimension. */
export class Variables extends CustomVariableSupport<DataSourceApi<TrailQuery, TrailOptions>, VariableQuery> {
  editor = VariableEditor;

  constructor(private list: ListValues) {
    super();
  }

  query(request: DataQueryRequest<VariableQuery>): Observable<DataQueryResponse> {
    const values = this.list(request.targets[0], request.range);
    return from(values.then((list) => ({ data: list.map((text) => ({ text, value: text })) })));
  }
}
