import { readFileSync } from 'node:fs';
import type { RunEvaluation, ScoreRequestFilter, ScoreRow, TableRow } from '@xaigrid/contracts';
import { failureTable, predictionTable, resultTable, scoreTable } from '@xaigrid/report';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { parquetPieces } from '../src/export/parquet.js';
import { resultFiles, type ExportFormat } from '../src/export/result-files.js';
import { runScores } from '../src/export/run-scores.js';

const settings = [{ keepFraction: 0.1, baseline: 'zero' }, { keepFraction: 0.3, baseline: { blur: 5 } }, { values: 'positive' }];

function evaluationOf(ordinal: number, more: Partial<RunEvaluation> = {}): RunEvaluation {
  return {
    ...{ ordinal, label: `method ${ordinal}`, dataset: 'digits', datasetFingerprint: 'a', model: 'cnn', modelFingerprint: 'b' },
    ...{ method: 'sise', methodVersion: 1, params: {}, engine: 'onnxruntime', explainedClass: 'predicted', seed: 0 },
    ...{ samples: 5, settings: settings.length, mapSetKey: 'c', ...more },
  };
}

function scoreOf(evaluation: number, setting: number, sampleIndex: number): ScoreRow {
  return {
    ...{ evaluation, dataset: 'digits', model: 'cnn', method: 'sise', label: `method ${evaluation}` },
    ...{ metric: setting < 2 ? 'drop-increase' : 'pointing-game', scoredClass: 'predicted', setting: settings[setting] ?? {} },
    ...{ sampleIndex, trueClass: sampleIndex % 2, predictedClass: 1, degenerate: sampleIndex === 3 },
    ...(sampleIndex === 4 ? { sumMissed: 0.5 } : {}),
    measures: setting < 2 ? { drop: sampleIndex / 8, increase: setting } : { inside: NaN },
  };
}

/** As the store answers: the scores of a range of samples, setting by setting. */
function controlOf(evaluations: readonly RunEvaluation[], taken?: readonly number[]) {
  const asked: ScoreRequestFilter[] = [];
  const all = taken ?? [0, 1, 2, 3, 4];
  return {
    asked,
    scores: (_run: string, filter: ScoreRequestFilter) => {
      asked.push(filter);
      const rows = evaluations
        .filter(({ ordinal }) => filter.evaluation?.includes(ordinal) !== false)
        .flatMap(({ ordinal }) => settings.flatMap((_, setting) => all.map((sample) => scoreOf(ordinal, setting, sample))))
        .filter(({ sampleIndex }) => sampleIndex >= (filter.start ?? 0) && sampleIndex < (filter.end ?? Infinity));
      return Promise.resolve(rows.slice(filter.offset, filter.offset + filter.limit));
    },
    evaluation: () =>
      Promise.resolve({
        ...{ classNames: ['no', 'yes'], sampleShape: [2], storedPredictions: 5 },
        ...(taken === undefined ? {} : { sampleIndices: [...taken] }),
      }),
    predictions: (_run: string, _ordinal: number, start: number, end: number) => {
      const sampleIndices = Int32Array.from(all.filter((sample) => sample >= start && sample < end));
      return Promise.resolve({
        ...{ sampleIndices, labels: sampleIndices.map((sample) => sample % 2) },
        outputs: { shape: [sampleIndices.length, 2], data: Float32Array.from([...sampleIndices].flatMap((at) => [0.25, at])) },
      });
    },
  };
}

const tableRow: TableRow = {
  ...{ runId: 'r1', runName: 'first', evaluation: 0, dataset: 'digits', model: 'cnn', method: 'sise', label: 'method 0' },
  ...{ engine: 'onnxruntime', explainedClass: 'predicted', metric: 'drop-increase', scoredClass: 'predicted' },
  ...{ setting: settings[1] ?? {}, samples: 4, planned: 5, degenerate: 1, sumMissed: { samples: 1, largest: 0.5 } },
  measures: { drop: { value: 0.25, interval: { low: 0.125, high: 0.5 } }, increase: { value: 1 } },
  against: [{ code: 'degenerate', text: '1 map is the same everywhere' }],
};

const failure = {
  evaluation: 0,
  shardId: 7,
  start: 4,
  end: 5,
  samples: 1,
  stage: 'explain',
  attempts: 3,
  code: 'X',
  message: 'no',
};

/** The files that an export would write, by name. */
async function exported(format: ExportFormat, { taken }: { readonly taken?: readonly number[] } = {}) {
  const chosen = taken === undefined ? {} : { chosen: { choose: 'stratified' as const, seed: 7, sha256: 'd' } };
  const evaluations = [evaluationOf(0, chosen), evaluationOf(1, chosen)].map((one) => ({ ...one, samples: taken?.length ?? 5 }));
  const control = controlOf(evaluations, taken);
  const details = { id: 'r1', failures: [failure], evaluations };
  const files = new Map<string, Buffer>();
  for (const { name, pieces } of resultFiles(format, { control, details, selection: {}, rows: [tableRow], evaluations })) {
    const parts: Uint8Array[] = [];
    for await (const piece of pieces) parts.push(piece);
    files.set(name, Buffer.concat(parts));
  }
  return files;
}

function readParquet(bytes: Buffer | undefined): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: arrayBufferOf(bytes) });
}

function arrayBufferOf(bytes: Buffer | undefined): ArrayBuffer {
  return Uint8Array.from(bytes ?? []).buffer;
}

describe('exported tables in Parquet', () => {
  it('have a row per measure of each score, sample by sample', async () => {
    const rows = await readParquet((await exported('parquet')).get('scores.parquet'));
    expect(rows).toHaveLength(2 * 5 * 5);
    expect(rows[0]).toEqual({
      ...{ runId: 'r1', evaluation: 0, dataset: 'digits', model: 'cnn', method: 'sise', label: 'method 0' },
      ...{ metric: 'drop-increase', scoredClass: 'predicted', setting: '{"keepFraction":0.1,"baseline":"zero"}' },
      ...{ keepFraction: 0.1, keepThreshold: null, baseline: 'zero', sampleIndex: 0, trueClass: 0, trueClasses: undefined },
      ...{ predictedClass: 1, degenerate: false, sumMissed: null, measure: 'drop', value: 0 },
    });
    expect(rows.slice(0, 5).map(({ measure }) => measure)).toEqual(['drop', 'increase', 'drop', 'increase', 'inside']);
    expect(rows.slice(0, 25).map(({ sampleIndex }) => sampleIndex)).toEqual(
      [0, 1, 2, 3, 4].flatMap((at) => [at, at, at, at, at]),
    );
    expect(rows[4]).toMatchObject({ value: NaN, keepFraction: null, baseline: null, setting: '{"values":"positive"}' });
    expect(rows.at(-3)).toMatchObject({ evaluation: 1, sumMissed: 0.5, baseline: 'blur 5', value: 0.5 });
  });

  it('have the predictions of a model once, with the names of the classes and all outputs', async () => {
    const rows = await readParquet((await exported('parquet')).get('predictions.parquet'));
    expect(rows).toHaveLength(5);
    expect(rows[3]).toEqual({
      ...{ runId: 'r1', dataset: 'digits', model: 'cnn', engine: 'onnxruntime', sampleIndex: 3 },
      ...{ trueClass: 1, trueClassName: 'yes', trueClasses: undefined },
      ...{ predictedClass: 1, predictedClassName: 'yes', outputs: [0.25, 3] },
    });
    expect(rows[0]).toMatchObject({ predictedClass: 0, predictedClassName: 'no' });
  });

  it('have the results with their intervals, and the failures with their evaluation', async () => {
    const files = await exported('parquet');
    const rows = await readParquet(files.get('table.parquet'));
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ measure: 'drop', value: 0.25, low: 0.125, high: 0.5, against: 'degenerate', samples: 4 });
    expect(rows[1]).toMatchObject({ measure: 'increase', value: 1, low: null, sumMissed: 1, sumMissedLargest: 0.5 });
    expect(await readParquet(files.get('failures.parquet'))).toEqual([
      { runId: 'r1', ...failure, dataset: 'digits', model: 'cnn', method: 'sise', label: 'method 0' },
    ]);
  });

  it('have all columns where there is no row', async () => {
    for (const table of [scoreTable, predictionTable, resultTable, failureTable]) {
      const parts: Uint8Array[] = [];
      for await (const piece of parquetPieces<never>(table, [])) parts.push(piece);
      const { schema, num_rows: rows } = parquetMetadata(arrayBufferOf(Buffer.concat(parts)));
      expect(rows).toBe(0n);
      const names = schema.slice(1).flatMap(({ name }) => (['list', 'element'].includes(name) ? [] : [name]));
      expect(names).toEqual(table.columns.map(({ name }) => name));
    }
  });

  it('have the columns that the docs list, in their order', () => {
    const docs = readFileSync(new URL('../../../docs/results.md', import.meta.url), 'utf8');
    for (const { name, columns } of [scoreTable, predictionTable, resultTable, failureTable]) {
      const [, listed = ''] = new RegExp(`^\\| \`${name}\\.parquet\` *\\|[^|]*\\| (.*?) *\\|$`, 'm').exec(docs) ?? [];
      expect(listed.split(', '), name).toEqual(columns.map((column) => column.name));
    }
  });

  it('are written a row group at a time', async () => {
    const rows = 2401;
    function* many() {
      for (let at = 0; at < rows; at++) yield { runId: 'r', score: scoreOf(0, 0, at), measure: 'drop', value: Math.sin(at) };
    }
    const pieces: Uint8Array[] = [];
    for await (const piece of parquetPieces(scoreTable, many(), 1000)) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    expect(parquetMetadata(arrayBufferOf(bytes)).row_groups.map(({ num_rows: count }) => Number(count))).toEqual([
      1000, 1000, 401,
    ]);
    expect(pieces).toHaveLength(3);
    expect(pieces[1]?.byteLength).toBeLessThan(0.5 * bytes.byteLength);
    const found = await readParquet(bytes);
    expect(found.map(({ value }) => value)).toEqual(Array.from({ length: rows }, (_, at) => Math.sin(at)));
  });
});

describe('exported scores', () => {
  it('of a choice of samples are those of its samples', async () => {
    const rows = await readParquet((await exported('parquet', { taken: [2, 40, 41] })).get('scores.parquet'));
    expect([...new Set(rows.map(({ sampleIndex }) => sampleIndex))]).toEqual([2, 40, 41]);
  });

  it('are asked for by ranges of samples, so that no page skips rows', async () => {
    const evaluations = [evaluationOf(0)];
    const control = controlOf(evaluations);
    const pages: number[] = [];
    for await (const page of runScores(control, { id: 'r', evaluations }, { metric: ['x'] }, 7)) pages.push(page.length);
    expect(pages).toEqual([6, 6, 3]);
    expect(control.asked).toEqual(
      [
        [0, 2],
        [2, 4],
        [4, 5],
      ].map(([start, end]) => ({ metric: ['x'], evaluation: [0], start, end, limit: 7, offset: 0 })),
    );
  });

  it('of more settings than a page has are put together', async () => {
    const evaluations = [evaluationOf(0)];
    const pages: ScoreRow[][] = [];
    for await (const page of runScores(controlOf(evaluations), { id: 'r', evaluations }, {}, 2)) pages.push(page);
    expect(pages.map((page) => page.map(({ sampleIndex }) => sampleIndex))).toEqual([0, 1, 2, 3, 4].map((at) => [at, at, at]));
  });

  it('in CSV have one header, and one column for each measure of the run', async () => {
    const lines = String((await exported('csv')).get('scores.csv'))
      .trim()
      .split('\n');
    expect(lines[0]).toBe(
      'dataset,model,method,metric,scoredClass,setting,sample,label,predicted,degenerate,sumMissed,drop,increase',
    );
    expect(lines).toHaveLength(1 + 2 * 5 * 3);
    expect(lines.filter((line) => line.startsWith('dataset'))).toHaveLength(1);
  });
});
