import type { RunDetails, RunEvaluation, Selection, TableRow } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import {
  failureTable,
  formatScores,
  formatTable,
  predictionTable,
  resultTable,
  scoreTable,
  type TidyFailure,
  type TidyResult,
  type TidyScore,
} from '@xaigrid/report';
import { parquetPieces } from './parquet.js';
import { runPredictions } from './run-predictions.js';
import { runScores } from './run-scores.js';

export const exportFormats = ['csv', 'parquet'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What the files of results are made of. */
export interface Results {
  readonly control: Pick<RunControl, 'scores' | 'evaluation' | 'predictions'>;
  readonly details: Pick<RunDetails, 'id' | 'failures' | 'evaluations'>;
  readonly selection: Selection;
  readonly rows: readonly TableRow[];
  /** Those that are selected. */
  readonly evaluations: readonly RunEvaluation[];
}

/** A file that is written as it is made, so that memory does not grow with it. */
export interface ResultFile {
  readonly name: string;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** The files of results in a format. */
export function resultFiles(format: ExportFormat, results: Results): ResultFile[] {
  return format === 'csv' ? csvFiles(results) : parquetFiles(results);
}

function csvFiles(results: Results): ResultFile[] {
  return [
    { name: 'table.csv', pieces: wholeText(formatTable(results.rows, 'csv')) },
    { name: 'scores.csv', pieces: scoreLines(results) },
  ];
}

function parquetFiles(results: Results): ResultFile[] {
  const { control, details, rows, evaluations } = results;
  return [
    { name: 'table.parquet', pieces: parquetPieces(resultTable, rows.flatMap(measuresOf)) },
    { name: 'scores.parquet', pieces: parquetPieces(scoreTable, tidyScores(results)) },
    { name: 'predictions.parquet', pieces: parquetPieces(predictionTable, runPredictions(control, details.id, evaluations)) },
    { name: 'failures.parquet', pieces: parquetPieces(failureTable, failuresOf(results)) },
  ];
}

async function* wholeText(text: string): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

async function* scoreLines({ control, details, selection, rows, evaluations }: Results): AsyncIterable<Uint8Array> {
  const columns = {
    measures: [...new Set(rows.flatMap(({ measures }) => Object.keys(measures)))],
    sums: rows.some(({ sumMissed }) => sumMissed !== undefined),
  };
  const header = formatScores([], 'csv', { columns });
  yield Buffer.from(header);
  for await (const page of runScores(control, { id: details.id, evaluations }, selection))
    yield Buffer.from(formatScores(page, 'csv', { columns }).slice(header.length));
}

async function* tidyScores({ control, details: { id: runId }, selection, evaluations }: Results): AsyncIterable<TidyScore> {
  for await (const page of runScores(control, { id: runId, evaluations }, selection))
    for (const score of page)
      for (const [measure, value] of Object.entries(score.measures)) yield { runId, score, measure, value };
}

function measuresOf(row: TableRow): TidyResult[] {
  return Object.keys(row.measures).map((measure) => ({ row, measure }));
}

function failuresOf({ details, evaluations }: Results): TidyFailure[] {
  return details.failures.flatMap((failure) => {
    const evaluation = evaluations.find(({ ordinal }) => ordinal === failure.evaluation);
    return evaluation === undefined ? [] : [{ runId: details.id, failure, evaluation }];
  });
}
