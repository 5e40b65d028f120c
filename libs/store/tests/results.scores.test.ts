import { beforeAll, describe, expect, it } from 'vitest';
import type { ScoreQuery } from '../src/index.js';
import { completeRun, measures, range, sampleMeasures, samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('scores');
const all = { limit: 1000, offset: 0 };
let runId = '';

interface Expected {
  readonly evaluation: number;
  readonly keepFraction: number;
  readonly sampleIndex: number;
  readonly measures: readonly number[];
}
/** Every score of the run, in the default order. */
const expected: Expected[] = [0, 1].flatMap((evaluation) =>
  [0, 1].flatMap((s) =>
    range(0, 10).map((sampleIndex) => ({
      evaluation,
      keepFraction: [0.1, 0.3][s] ?? NaN,
      sampleIndex,
      measures: sampleMeasures(s, sampleIndex),
    })),
  ),
);

beforeAll(async () => {
  const other = samplePlan({ explainer: { method: 'shap-deep', version: 1, params: {}, files: [] }, label: 'SHAP corrected' });
  const run = await database.store.runs.create(sampleRun([samplePlan(), other]));
  runId = run.id;
  await completeRun(database.store, run.id);
  // Another run shares the sets and has more samples in them.
  const larger = await database.store.runs.create(sampleRun([samplePlan({ samples: 14 })]));
  await completeRun(database.store, larger.id);
});

async function read(query: Partial<ScoreQuery>): Promise<Expected[]> {
  const rows = await database.store.results.scores({ runId, ...all, ...query });
  return rows.map((row) => ({
    evaluation: row.evaluation,
    keepFraction: Number(row.setting.keepFraction),
    sampleIndex: row.sampleIndex,
    measures: measures.map(({ name }) => row.measures[name] ?? NaN),
  }));
}

describe('results.scores', () => {
  it('gives every score of the evaluation by evaluation, setting and sample', async () => {
    expect(await read({})).toEqual(expected);
    const [first] = await database.store.results.scores({ runId, limit: 1, offset: 0 });
    expect(first).toEqual({
      evaluation: 0,
      dataset: 'mnist1d',
      model: 'cnn',
      method: 'sise',
      label: 'sise',
      metric: 'drop-increase',
      scoredClass: 'predicted',
      setting: { keepFraction: 0.1, baseline: 'zero' },
      sampleIndex: 0,
      trueClass: 0,
      predictedClass: 2,
      degenerate: false,
      measures: { drop: 0, increase: 1, ties: 0, maskedClass: 1 },
    });
  });

  it.each<[string, Partial<ScoreQuery>, (row: Expected) => boolean]>([
    ['sample', { sample: 7 }, (row) => row.sampleIndex === 7],
    ['range of samples', { start: 3, end: 6 }, (row) => row.sampleIndex >= 3 && row.sampleIndex < 6],
    [
      'samples from one on, by a measure',
      { start: 8, setting: { keepFraction: 0.3 } },
      (row) => row.sampleIndex >= 8 && row.keepFraction === 0.3,
    ],
    ['class', { class: 1 }, (row) => row.sampleIndex % 3 === 1],
    ['method', { method: ['shap-deep'] }, (row) => row.evaluation === 1],
    ['label', { method: ['SHAP corrected'] }, (row) => row.evaluation === 1],
    ['setting', { setting: { keepFraction: 0.3 } }, (row) => row.keepFraction === 0.3],
    ['degenerate', { degenerate: true }, (row) => row.sampleIndex % 4 === 3],
    ['not degenerate', { degenerate: false }, (row) => row.sampleIndex % 4 !== 3],
    ['range, open above', { range: { measure: 'drop', low: 0.5 } }, (row) => (row.measures[0] ?? NaN) >= 0.5],
    ['range, open below', { range: { measure: 'drop', high: 0.5 } }, (row) => (row.measures[0] ?? NaN) <= 0.5],
    ['range, both ends included', { range: { measure: 'maskedClass', low: 2, high: 2 } }, (row) => row.measures[3] === 2],
    [
      'all together',
      { class: 0, method: ['sise'], setting: { keepFraction: 0.1 }, range: { measure: 'increase', low: 1 } },
      (row) => row.evaluation === 0 && row.keepFraction === 0.1 && row.sampleIndex % 3 === 0 && row.measures[1] === 1,
    ],
  ])('filters by %s', async (_, filter, keep) => {
    expect(await read(filter)).toEqual(expected.filter(keep));
  });

  it.each<[string, (row: Expected) => number, number]>([
    ['sample', (row) => row.sampleIndex, 1],
    ['-sample', (row) => row.sampleIndex, -1],
    ['drop', (row) => row.measures[0] ?? NaN, 1],
    ['-drop', (row) => row.measures[0] ?? NaN, -1],
  ])('sorts by %s, equal ones in the default order', async (sort, by, sign) => {
    expect(await read({ sort })).toEqual(expected.toSorted((a, b) => sign * (by(a) - by(b))));
  });

  it('gives page by page what it gives at once', async () => {
    const pages = await Promise.all([0, 15, 30].map((offset) => read({ sort: '-drop', limit: 15, offset })));
    expect(pages.flat()).toEqual(await read({ sort: '-drop' }));
  });

  it('keeps values that are not finite', async () => {
    const run = await database.store.runs.create(sampleRun([samplePlan({ seed: 5, samples: 3, keepFractions: [0.3] })]));
    const [evaluation] = await database.store.runs.evaluations(run.id);
    await completeRun(database.store, run.id);
    await database.query(
      `UPDATE score SET measures = '{NaN,Infinity,-Infinity,0.1}' WHERE score_set_id = $1 AND sample_index = 1`,
      [evaluation?.scoreSetIds[0]],
    );
    const [row] = await database.store.results.scores({ runId: run.id, sample: 1, ...all });
    expect(row?.measures).toEqual({ drop: NaN, increase: Infinity, ties: -Infinity, maskedClass: 0.1 });
    const [table] = await database.store.results.table([run.id]);
    expect(table?.measures.drop?.value).toBeNaN();
    expect(table?.measures.increase?.value).toBe(1 / 3);
  });

  it('refuses a measure the run does not have', async () => {
    await expect(read({ sort: '-dorp' })).rejects.toMatchObject({
      code: 'USAGE',
      message: `Run ${runId} has no measure "dorp". Did you mean "drop"? Its measures: drop, increase, maskedClass, ties.`,
    });
    await expect(read({ sample: 10 })).rejects.toMatchObject({
      code: 'USAGE',
      message: `Run ${runId} has no sample 10 there; its samples are 0 to 9.`,
    });
    await expect(read({ setting: { keepFraction: 0.3, baseline: 'mean' } })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(read({ method: ['sice'] })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('Did you mean "sise"?') as string,
    });
    await expect(read({ range: { measure: `x'; DROP TABLE run; --`, low: 0 } })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('says which class a score reads, and chooses by it', async () => {
    const [first] = samplePlan({ keepFractions: [0.3] }).settings;
    if (first === undefined) throw new Error('There is a setting.');
    const plan = samplePlan({ settings: [first, { ...first, scoredClass: 0 }], samples: 2, seed: 5 });
    const { id } = await database.store.runs.create(sampleRun([plan]));
    await completeRun(database.store, id);
    const rows = await database.store.results.scores({ runId: id, ...all });
    expect(rows.map(({ scoredClass, sampleIndex }) => [scoredClass, sampleIndex])).toEqual([
      ...[0, 1].map((index) => ['predicted', index]),
      ...[0, 1].map((index) => ['0', index]),
    ]);
    expect(await database.store.results.scores({ runId: id, ...all, scoredClass: ['0'] })).toEqual(rows.slice(2));
    expect(await database.query(`SELECT DISTINCT scored_class FROM sample_score WHERE run_id = $1 ORDER BY 1`, [id])).toEqual([
      { scored_class: '0' },
      { scored_class: 'predicted' },
    ]);
  });

  it('is a view for people with psql', async () => {
    const rows = await database.query(
      `SELECT sample_index, value FROM sample_score WHERE run_id = $1 AND evaluation = 0 AND setting @> '{"keepFraction": 0.3}' AND measure = 'drop' AND value > 0.5 ORDER BY 1`,
      [runId],
    );
    const wanted = expected.filter((row) => row.evaluation === 0 && row.keepFraction === 0.3 && (row.measures[0] ?? 0) > 0.5);
    expect(rows).toEqual(wanted.map((row) => ({ sample_index: row.sampleIndex, value: row.measures[0] })));
  });
});
