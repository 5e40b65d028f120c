import { stringify } from 'csv-stringify/sync';
import type { ScoreRow } from '@xaigrid/contracts';
import { formatSetting } from './table-columns.js';

export const scoreFormats = ['table', 'json', 'csv'] as const;
export type ScoreFormat = (typeof scoreFormats)[number];

/** Renders per-sample scores; json and csv hold every number in full. */
export function formatScores(rows: readonly ScoreRow[], format: ScoreFormat): string {
  if (format === 'json') return `${JSON.stringify(rows, undefined, 2)}\n`;
  const measures = [...new Set(rows.flatMap((row) => Object.keys(row.measures)))];
  // Only where a map does not add up: most have none such.
  const sums = rows.some(({ sumMissed }) => sumMissed !== undefined);
  const header = [
    ...['dataset', 'model', 'method', 'metric', 'setting', 'sample', 'label', 'predicted', 'degenerate'],
    ...(sums ? ['sumMissed'] : []),
    ...measures,
  ];
  const records = rows.map((row) => [
    row.dataset,
    row.model,
    row.label,
    row.metric,
    format === 'csv' ? JSON.stringify(row.setting) : formatSetting(row.setting),
    String(row.sampleIndex),
    String(row.trueClass),
    String(row.predictedClass),
    String(row.degenerate),
    ...(sums ? [numberText(row.sumMissed, format)] : []),
    ...measures.map((name) => numberText(row.measures[name], format)),
  ]);
  if (format === 'csv') return stringify([header, ...records]);
  const widths = header.map((title, column) => Math.max(title.length, ...records.map((record) => record[column]?.length ?? 0)));
  return `${[header, ...records]
    .map((record) =>
      record
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')}\n`;
}

function numberText(value: number | undefined, format: ScoreFormat): string {
  if (value === undefined) return '';
  return format === 'csv' || Number.isInteger(value) ? String(value) : value.toFixed(6);
}
