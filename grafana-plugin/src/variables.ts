import { CustomVariableSupport, DataQueryRequest, DataQueryResponse } from '@grafana/data';
import { from, Observable } from 'rxjs';
import type { TrailDatasource } from './datasource';
import { VariableEditor } from './editor/VariableEditor';
import { VariableQuery } from './types';

/** Template variables are the values of a dimension. */
export class Variables extends CustomVariableSupport<TrailDatasource, VariableQuery> {
  editor = VariableEditor;

  constructor(private datasource: TrailDatasource) {
    super();
  }

  query(request: DataQueryRequest<VariableQuery>): Observable<DataQueryResponse> {
    const values = this.datasource.listValues(request.targets[0], request.range);
    return from(values.then((list) => ({ data: list.map((text) => ({ text, value: text })) })));
  }
}
