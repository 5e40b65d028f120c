import { codesOf, type DescribeMeasure, type TableFormat, type TableRow } from '@xaigrid/contracts';
import { formatAgainst } from './against-legend.js';
import { bestRows } from './best-rows.js';
import { csvTable, tableLayouts, type TextStyle } from './table-layouts.js';
import { tableColumns } from './table-columns.js';
import type { TableTexts } from './table-texts.js';

export interface TableStyle extends TextStyle {
  /**
   * Describes measures. With it, the best value of each column is marked, and the columns of ranking measures are left out last.
   */
  readonly describe?: DescribeMeasure;
  /** Methods that are marked as controls. */
  readonly controls?: ReadonlySet<string>;
}

/**
 * Renders result rows. `table`, `markdown` and `latex` are rounded for people, one table a metric, since metrics share no
 * columns; `markdown` and `latex` to four places, `table` to as many as intervals need; `json` and `csv` hold every number in
 * full.
 */
export function formatTable(rows: readonly TableRow[], format: TableFormat, style: TableStyle = {}): string {
  if (format === 'json') return `${JSON.stringify(rows, undefined, 2)}\n`;
  if (format === 'csv') return resultsCsv(rows);
  return eachMetric(rows, tableLayouts[format], { ...style, fixed: format !== 'table' });
}

function eachMetric(
  rows: readonly TableRow[],
  layout: (table: TableTexts, style: TextStyle) => string,
  style: TableStyle & { readonly fixed: boolean },
): string {
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  const groups = metrics.length === 0 ? [rows] : metrics.map((metric) => rows.filter((row) => row.metric === metric));
  const tables = groups.map((group) => layout(textsOf(group, style), style)).join('\n');
  const legend = style.fixed ? '' : formatAgainst(rows, style);
  return legend === '' ? tables : `${tables}\n${legend}`;
}

/** Methods of one data set and model are next to each other. In plain text, the data set and model are written once. */
function textsOf(
  rows: readonly TableRow[],
  { describe, fixed, controls }: Pick<TableStyle, 'describe' | 'controls'> & { readonly fixed: boolean },
): TableTexts {
  const columns = tableColumns(rows, { describe, fixed, controls });
  const best = columns.map(({ key }) => (describe === undefined ? undefined : bestRows(rows, key, describe)));
  return {
    columns,
    rows: rows.map((row) => columns.map((column) => column.text(row))),
    shortRows: rows.map((row) => columns.map(({ text, shortText = text }) => shortText(row))),
    best: rows.map((row) => best.map((chosen) => chosen?.has(row) === true)),
    block: columns.findIndex(({ key }) => key === 'setting'),
  };
}

function resultsCsv(rows: readonly TableRow[]): string {
  const measures = [...new Set(rows.flatMap((row) => Object.keys(row.measures)))];
  const settings = [...new Set(rows.flatMap((row) => Object.keys(row.setting)))];
  // Only if a row has one; most tables have none.
  const divisors = rows.some(({ divisor }) => divisor !== undefined);
  const identity = [
    'runId',
    'runName',
    'dataset',
    'model',
    'method',
    'label',
    'engine',
    'explainedClass',
    'metric',
    'scoredClass',
  ] as const;
  const sums = rows.some(({ sumMissed }) => sumMissed !== undefined);
  const anyAgainst = rows.some(({ against = [] }) => against.length > 0);
  const anyUndecided = rows.some(({ undecided }) => undecided !== undefined);
  const header = [
    ...identity,
    ...settings,
    ...(divisors ? ['divisor'] : []),
    'samples',
    'planned',
    'degenerate',
    ...(sums ? ['sumMissed', 'sumMissedLargest'] : []),
    ...(anyUndecided ? ['undecided'] : []),
    ...(anyAgainst ? ['against'] : []),
    ...measures.flatMap((name) => [name, `${name}Low`, `${name}High`]),
  ];
  const records = rows.map((row) => [
    ...identity.map((key) => row[key]),
    ...settings.map((key) => plain(row.setting[key])),
    ...(divisors ? [row.divisor] : []),
    row.samples,
    row.planned,
    row.degenerate,
    ...(sums ? [row.sumMissed?.samples ?? 0, row.sumMissed?.largest] : []),
    ...(anyUndecided ? [row.undecided ?? 0] : []),
    ...(anyAgainst ? [codesOf(row.against ?? []).join(' ')] : []),
    ...measures.flatMap((name) => {
      const measure = row.measures[name];
      return [measure?.value, measure?.interval?.low, measure?.interval?.high];
    }),
  ]);
  return csvTable(header, records);
}

function plain(value: unknown): string | number | undefined {
  if (value === undefined || typeof value === 'string' || typeof value === 'number') return value;
  return JSON.stringify(value);
}
