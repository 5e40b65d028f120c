import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { DatasourceVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';

/** The data source is chosen on the dashboard, so that the same file works in any Grafana. */
export const prometheus: DataSourceRef = { type: 'prometheus', uid: '${prometheus}' };
export const postgres: DataSourceRef = { type: 'grafana-postgresql-datasource', uid: '${postgres}' };

export function datasourceVariable(datasource: DataSourceRef, label: string): DatasourceVariableBuilder {
  const name = datasource.uid?.replace(/^\$\{|\}$/g, '') ?? '';
  return new DatasourceVariableBuilder(name).label(label).type(datasource.type ?? '');
}

/** A query over time. `legend` names the series by their labels, such as `{{state}}`. */
export function promQuery(expr: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(prometheus).expr(expr).legendFormat(legend).range().refId('A');
}

/** A query of the current value. */
export function promInstant(expr: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(prometheus).expr(expr).legendFormat(legend).instant().refId('A');
}

interface SqlQuery extends Dataquery {
  readonly datasource: DataSourceRef;
  readonly editorMode: 'code';
  readonly format: 'table' | 'time_series';
  readonly rawQuery: true;
  readonly rawSql: string;
  readonly refId: string;
}

/** A query for Grafana's Postgres plugin, for which the SDK has no builder. A time series needs a column `time`. */
export function sqlQuery(rawSql: string, format: 'table' | 'time_series' = 'table'): Builder<Dataquery> {
  const query: SqlQuery = {
    ...{ datasource: postgres, editorMode: 'code', format, rawQuery: true, rawSql, refId: 'A' },
    _implementsDataqueryVariant: () => undefined,
  };
  return { build: () => query };
}
