import { join } from 'node:path';
import { canonicalJson, XaigridError, type ScoreRow } from '@xaigrid/contracts';
import { openTable, type Table } from '@xaigrid/datasets';
import { z } from 'zod';
import type { Manifest } from './read-export.js';

/** One score of an export. */
export interface ExportedScore {
  /** What was scored: `scoreKey`. */
  readonly key: string;
  readonly measure: string;
  readonly value: number;
}

type Scored = Pick<ScoreRow, 'dataset' | 'model' | 'label' | 'metric' | 'scoredClass' | 'setting' | 'sampleIndex'>;

/** An evaluation, setting and sample, by the names that exported tables have. */
export function scoreKey({ dataset, model, label, metric, scoredClass, setting, sampleIndex }: Scored): string {
  return canonicalJson([dataset, model, label, metric, scoredClass, setting, sampleIndex]);
}

/**
 * The scores of an export in the order of its file; nothing if it has no file of them. Memory does not grow with the file.
 * @throws EXPORT_UNREADABLE for a row that has another form
 */
export async function* exportedScores(folder: string, { files }: Pick<Manifest, 'files'>): AsyncGenerator<ExportedScore> {
  const name = files.map((file) => file.name).find((one) => one === 'scores.csv' || one === 'scores.parquet');
  if (name === undefined) return;
  const table = await openTable(join(folder, name), { name, delimiter: 'comma' });
  yield* name === 'scores.csv' ? wideScores(table) : longScores(table);
}

const settingSchema = z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text)));
const textCell = z.union([z.string(), z.instanceof(Uint8Array).transform((bytes) => Buffer.from(bytes).toString())]);
const numberCell = z.union([z.number(), z.bigint(), z.string()]).transform(Number);

const scoredCells = z.object({
  ...{ dataset: textCell, model: textCell, label: textCell, metric: textCell, scoredClass: textCell },
  ...{ setting: textCell.pipe(settingSchema), sampleIndex: numberCell },
});

/** Columns of scores.csv that have another name there. All others are measures, but for what is said of sample and map. */
const namesInCsv: Readonly<Record<string, string>> = { label: 'method', sampleIndex: 'sample' };
const ofSampleAndMap = ['label', 'predicted', 'degenerate', 'sumMissed'];

/** scores.csv: a row for each setting and sample, a column for each measure. */
async function* wideScores(table: Table): AsyncGenerator<ExportedScore> {
  const names = Object.keys(scoredCells.shape).map((key) => namesInCsv[key] ?? key);
  const measures = table.columns.filter((column) => !names.includes(column) && !ofSampleAndMap.includes(column));
  for await (const { cells, place } of table.rows(positionsOf(table, [...names, ...measures]))) {
    const key = keyOf(table, place, cells);
    for (const [at, measure] of measures.entries()) {
      const cell = cells[names.length + at];
      if (cell !== '' && cell !== undefined && cell !== null) yield { key, measure, value: Number(cell) };
    }
  }
}

/** scores.parquet: a row for each setting, sample and measure. */
async function* longScores(table: Table): AsyncGenerator<ExportedScore> {
  const names = Object.keys(scoredCells.shape);
  for await (const { cells, place } of table.rows(positionsOf(table, [...names, 'measure', 'value']))) {
    const key = keyOf(table, place, cells);
    const [measure, value] = [textCell.safeParse(cells[names.length]), numberCell.safeParse(cells[names.length + 1])];
    if (measure.success && value.success) yield { key, measure: measure.data, value: value.data };
  }
}

function positionsOf({ name, columns }: Table, wanted: readonly string[]): number[] {
  return wanted.map((column) => {
    const at = columns.indexOf(column);
    if (at < 0) throw new XaigridError('EXPORT_UNREADABLE', `${name} has no column ${column}. Export the run again.`);
    return at;
  });
}

function keyOf({ name }: Table, place: string, cells: readonly unknown[]): string {
  const row = scoredCells.safeParse(Object.fromEntries(Object.keys(scoredCells.shape).map((key, at) => [key, cells[at]])));
  if (row.success) return scoreKey(row.data);
  throw new XaigridError('EXPORT_UNREADABLE', `${name}, ${place} is no score: ${z.prettifyError(row.error)}.`, {
    cause: row.error,
  });
}
