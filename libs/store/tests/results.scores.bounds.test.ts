import { beforeAll, describe, expect, it } from 'vitest';
import type { ScoreQuery } from '../src/index.js';
import { candidates } from '../src/results/score-candidates.js';
import { compareAsPostgres } from './postgres-order.js';
import { measures, samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

/*
 * Pages that are filtered by one measure and sorted by another, of sets that are summed up and have several buckets of bounds. The second measure
 * falls as the first rises, a little scattered; the third is not finite now and then; the fourth has few values.
 */
const database = useTestDatabase('score_bounds');
const samples = 6000;
const names = measures.map(({ name }) => name);
let runId = '';
let sets: readonly number[] = [];
let predictionSetId = NaN;
let rows: readonly { readonly set: number; readonly sample: number; readonly measures: readonly number[] }[] = [];

beforeAll(async () => {
  const { store, query } = database;
  const run = await store.runs.create(sampleRun([samplePlan({ samples })], 1000));
  const [evaluation] = await store.runs.evaluations(run.id);
  if (evaluation === undefined) throw new TypeError('no evaluation');
  runId = run.id;
  ({ scoreSetIds: sets, predictionSetId } = evaluation);
  await query(`INSERT INTO prediction SELECT $1::integer, i, i % 3, i % 3, '{}' FROM generate_series(0, $2::integer - 1) i`, [
    predictionSetId,
    samples,
  ]);
  for (const [s, set] of sets.entries()) {
    // Another run has more samples in the same sets.
    await query(
      `INSERT INTO score
       SELECT $1::integer, i, i % 7 = 3, ARRAY[drop, 1 - drop * drop - (i % 11) / 1000.0,
         CASE i % 97 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-Infinity' ELSE drop * 10 - i % 13 END, i % 4]
       FROM (SELECT i, ((i * 7919 + $2::integer) % 5003) / 5003.0::double precision AS drop FROM generate_series(0, $3::integer) i) r`,
      [set, s * 101, samples + 500],
    );
  }
  await store.results.summarize(runId);
  await query('ANALYZE');
  rows = (
    await query<{ set: number; sample: number; values: string }>(
      `SELECT score_set_id AS set, sample_index AS sample, array_to_string(measures, ',') AS values FROM score
       WHERE sample_index < $1`,
      [samples],
    )
  )
    .map(({ values, ...row }) => ({ ...row, measures: values.split(',').map(Number) }))
    .sort((a, b) => sets.indexOf(a.set) - sets.indexOf(b.set) || a.sample - b.sample);
});

const ranges: readonly NonNullable<ScoreQuery['range']>[] = [
  { measure: 'drop', low: 0.5, high: 0.6 },
  { measure: 'drop', low: 0.9 },
  { measure: 'drop', high: 0.3 },
  { measure: 'drop', low: 0.2, high: 0.2 },
  { measure: 'increase', low: 0.4, high: 0.9 },
  { measure: 'ties', low: 3 },
  { measure: 'ties', high: -4 },
  { measure: 'maskedClass', low: 2, high: 2 },
];
const sorts = names.flatMap((name) => [name, `-${name}`]);
const pages = [
  { limit: 20, offset: 0 },
  { limit: 20, offset: 400 },
];

describe.each(ranges)('results.scores of %j', (between) => {
  it.each(sorts)('sorted by %s, where bounds say how far its rows reach', async (sort) => {
    const position = names.indexOf(between.measure);
    const by = names.indexOf(sort.replace('-', ''));
    const sign = sort.startsWith('-') ? -1 : 1;
    const passing = rows.filter(({ measures: values }) => {
      const value = values[position] ?? NaN;
      return (
        compareAsPostgres(value, between.low ?? -Infinity) >= 0 &&
        (between.high === undefined || compareAsPostgres(value, between.high) <= 0)
      );
    });
    const sorted = passing.toSorted((a, b) => sign * compareAsPostgres(a.measures[by] ?? NaN, b.measures[by] ?? NaN));
    for (const page of pages) {
      const found = await database.store.results.scores({ runId, range: between, sort, ...page });
      expect(found.map(({ setting, sampleIndex }) => [setting.keepFraction, sampleIndex])).toEqual(
        sorted.slice(page.offset, page.offset + page.limit).map(({ set, sample }) => [set === sets[0] ? 0.1 : 0.3, sample]),
      );
    }
  });
});

describe('bounds', () => {
  /** Rows of scores that Postgres reads for the first ten of each set: drops above 0.9, largest `increase` first. */
  async function read(): Promise<number> {
    const of = (set: number): Parameters<typeof candidates>[0][number] => ({
      ...{
        runId,
        datasetFingerprint: '',
        version: 1,
        evaluationId: 0,
        evaluation: 0,
        settingOrdinal: 0,
        scoreSetId: set,
        predictionSetId,
        mapSetId: 0,
        samples,
        choice: 0,
        labelSets: false,
      },
      ...{
        dataset: '',
        model: '',
        method: '',
        label: '',
        engine: '',
        metric: '',
        scoredClass: '',
        setting: {},
        aggregates: [],
        measures: names,
      },
    });
    const asked = { by: { measure: 'increase' }, descending: true, limit: 10 };
    const sql = candidates(sets.map(of), { ...asked, filter: { range: { measure: 'drop', low: 0.9 } } });
    const [plan] = await database.query<{ 'QUERY PLAN': unknown }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${sql?.text ?? ''}`,
      sql?.values,
    );
    const text = JSON.stringify(plan?.['QUERY PLAN']);
    return [...text.matchAll(/"Relation Name":"score",[^{}]*?"Actual Rows":([\d.]+),"Actual Loops":([\d.]+)/g)].reduce(
      (sum, [, each, loops]) => sum + Number(each) * Number(loops),
      0,
    );
  }

  it('spare the rows before the first that can pass', async () => {
    const bounded = await read();
    await database.query('DELETE FROM score_bound');
    expect(bounded).toBeLessThan((await read()) / 2);
  });

  it('hold every row, in buckets that do not overlap, one for each value where there are few', async () => {
    await database.query('DELETE FROM score_summary');
    await database.store.results.summarize(runId);
    for (const [ordinal, name] of names.entries()) {
      for (const set of sets) {
        const buckets = (
          await database.query<{ lowest: string; highest: string }>(
            `SELECT array_to_string(lowest, ',') AS lowest, array_to_string(highest, ',') AS highest FROM score_bound
             WHERE score_set_id = $1 AND planned = $2 AND measure_ordinal = $3 ORDER BY bucket`,
            [set, samples, ordinal],
          )
        ).map(({ lowest, highest }) => ({ lowest: lowest.split(',').map(Number), highest: highest.split(',').map(Number) }));
        expect(buckets.length).toBeGreaterThan(name === 'maskedClass' ? 3 : 60);
        expect(buckets.length).toBeLessThan(name === 'maskedClass' ? 5 : 90);
        for (const [at, { lowest }] of buckets.entries())
          if (at > 0) expect(compareAsPostgres(lowest[ordinal] ?? NaN, buckets[at - 1]?.highest[ordinal] ?? NaN)).toBe(1);
        const unbounded = rows.filter(
          (row) =>
            row.set === set &&
            !buckets.some(({ lowest, highest }) =>
              row.measures.every(
                (value, m) => compareAsPostgres(value, lowest[m] ?? NaN) >= 0 && compareAsPostgres(value, highest[m] ?? NaN) <= 0,
              ),
            ),
        );
        expect(unbounded).toEqual([]);
      }
    }
  });

  it('go when a score changes', async () => {
    const count = async (set: number | undefined): Promise<number> =>
      (await database.query('SELECT FROM score_bound WHERE score_set_id = $1', [set])).length;
    await database.query('UPDATE score SET measures[2] = 9 WHERE score_set_id = $1 AND sample_index = 3', [sets[0]]);
    expect([await count(sets[0]), (await count(sets[1])) > 0]).toEqual([0, true]);
    await database.store.results.summarize(runId);
    expect(await count(sets[0])).toBeGreaterThan(0);
    const page = { range: { measure: 'drop', low: 0, high: 1 }, sort: '-increase', limit: 1, offset: 0 };
    const [highest] = await database.store.results.scores({ runId, ...page });
    expect(highest).toMatchObject({ sampleIndex: 3, measures: { increase: 9 } });
  });

  it('hold what the measures are between', async () => {
    const { store, query } = database;
    const small = await store.runs.create(sampleRun([samplePlan({ samples: 5, seed: 5, keepFractions: [0.1] })], 5));
    const [evaluation] = await store.runs.evaluations(small.id);
    const set = evaluation?.scoreSetIds[0];
    await query('INSERT INTO score SELECT $1::integer, i, false, ARRAY[i, -i, 0, 1] FROM generate_series(0, 4) i', [set]);
    await store.results.summarize(small.id);
    expect(
      await query(
        'SELECT rows, lowest, highest FROM score_bound WHERE score_set_id = $1 AND measure_ordinal = 0 ORDER BY bucket',
        [set],
      ),
    ).toEqual([
      { rows: 1, lowest: [0, 0, 0, 1], highest: [0, 0, 0, 1] },
      { rows: 2, lowest: [1, -2, 0, 1], highest: [2, -1, 0, 1] },
      { rows: 1, lowest: [3, -3, 0, 1], highest: [3, -3, 0, 1] },
      { rows: 1, lowest: [4, -4, 0, 1], highest: [4, -4, 0, 1] },
    ]);
  });
});
