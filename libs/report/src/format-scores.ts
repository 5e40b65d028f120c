import { stringify } from 'csv-stringify/sync';
import type { DescribeMeasure, MeasureDescription, ScoreRow } from '@xaigrid/contracts';
import { measureOf } from './descriptions.js';
import { formatSetting } from './table-columns.js';
import { tableLayouts, type TextStyle } from './table-layouts.js';
import type { TableTexts } from './table-texts.js';

export const scoreFormats = ['table', 'json', 'csv'] as const;
export type ScoreFormat = (typeof scoreFormats)[number];

const about = [
  'dataset',
  'model',
  'method',
  'metric',
  'scoredClass',
  'setting',
  'sample',
  'label',
  'predicted',
  'degenerate',
] as const;

/** The order in which columns are left out if there is no room; the highest goes first. */
const optionalRanks: Readonly<Record<string, number>> = {
  ...{ degenerate: 3, sumMissed: 2, metric: 2, label: 1, predicted: 1 },
};

/** The columns of scores that not all runs have. Rows that are written a page at a time must have one header. */
export interface ScoreColumns {
  readonly measures: readonly string[];
  /** Whether a map does not add up, which is rare. */
  readonly sums: boolean;
}

/**
 * Renders per-sample scores; json and csv hold every number in full.
 * @param style.columns default: those of the rows
 */
export function formatScores(
  rows: readonly ScoreRow[],
  format: ScoreFormat,
  { describe, columns, ...style }: TextStyle & { readonly describe?: DescribeMeasure; readonly columns?: ScoreColumns } = {},
): string {
  if (format === 'json') return `${JSON.stringify(rows, undefined, 2)}\n`;
  const { measures, sums } = columns ?? columnsOf(rows);
  // In tables for people only if rows differ in it.
  const classes = format === 'csv' || new Set(rows.map(({ scoredClass }) => scoredClass)).size > 1;
  const records = rows.map((row) => [
    row.dataset,
    row.model,
    row.label,
    row.metric,
    ...(classes ? [row.scoredClass] : []),
    format === 'csv' ? JSON.stringify(row.setting) : formatSetting(row.setting),
    String(row.sampleIndex),
    row.trueClasses?.join(' ') ?? String(row.trueClass),
    String(row.predictedClass),
    String(row.degenerate),
    ...(sums ? [numberText(row.sumMissed, format)] : []),
    ...measures.map((name) => numberText(row.measures[name], format)),
  ]);
  const header = [...about.filter((name) => classes || name !== 'scoredClass'), ...(sums ? ['sumMissed'] : []), ...measures];
  if (format === 'csv') return stringify([header, ...records]);
  const roles = new Map(
    rows.flatMap(({ metric, measures: own }) => Object.keys(own).map((name) => [name, measureOf(describe, metric, name).role])),
  );
  return tableLayouts.table({ columns: header.map((title) => columnOf(title, roles.get(title))), rows: records }, style);
}

function columnsOf(rows: readonly ScoreRow[]): ScoreColumns {
  return {
    measures: [...new Set(rows.flatMap((row) => Object.keys(row.measures)))],
    sums: rows.some(({ sumMissed }) => sumMissed !== undefined),
  };
}

/** The column of a measure. Details of a metric are left out before its other measures. */
function columnOf(title: string, role: MeasureDescription['role'] | undefined): TableTexts['columns'][number] {
  const position = about.findIndex((name) => name === title);
  const align = position >= 0 && position < about.indexOf('sample') ? 'left' : 'right';
  const optional = role === 'detail' ? 5 : role === 'check' ? 4 : optionalRanks[title];
  return { title, align, ...(optional === undefined ? {} : { optional }) };
}

function numberText(value: number | undefined, format: ScoreFormat): string {
  if (value === undefined) return '';
  return format === 'csv' || Number.isInteger(value) ? String(value) : value.toFixed(6);
}
