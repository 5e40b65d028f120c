import { normalInterval, wilsonInterval } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { completeRun, range, sampleMaps, sampleMeasures, samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('table');

describe('results.table', () => {
  it('sums up every measure as a brute-force version does, in the order of runs, evaluations and settings', async () => {
    const { store } = database;
    const first = await store.runs.create(
      sampleRun([samplePlan({ samples: 10 }), samplePlan({ samples: 7, seed: 1, label: 'second' })]),
    );
    const second = await store.runs.create(sampleRun([samplePlan({ samples: 5, keepFractions: [0.3] })]));
    await completeRun(store, first.id);
    await completeRun(store, second.id);
    const table = await store.results.table([second.id, first.id]);
    expect(table.map((row) => [row.runId, row.label, row.setting.keepFraction, row.samples, row.planned])).toEqual([
      [second.id, 'sise', 0.3, 5, 5],
      [first.id, 'sise', 0.1, 10, 10],
      [first.id, 'sise', 0.3, 10, 10],
      [first.id, 'second', 0.1, 7, 7],
      [first.id, 'second', 0.3, 7, 7],
    ]);
    for (const row of table) {
      const s = row.setting.keepFraction === 0.1 ? 0 : 1;
      const values = range(0, row.samples).map((index) => sampleMeasures(s, index));
      const column = (m: number): number[] => values.map((measures) => measures[m] ?? NaN);
      const mean = column(0).reduce((sum, value) => sum + value, 0) / row.samples;
      const variance = column(0).reduce((sum, value) => sum + (value - mean) ** 2, 0) / (row.samples - 1);
      const ones = column(1).filter((value) => value === 1).length;
      // Postgres sums exactly, the line above in float64: a few units in the last place.
      expect(row.measures.drop?.value).toBeCloseTo(mean, 14);
      const interval = normalInterval({ mean, variance, count: row.samples });
      expect(row.measures.drop?.interval?.low).toBeCloseTo(interval?.low ?? NaN, 13);
      expect(row.measures.drop?.interval?.high).toBeCloseTo(interval?.high ?? NaN, 13);
      expect(row.measures.increase).toEqual({
        value: ones / row.samples,
        interval: wilsonInterval({ ones, count: row.samples }),
      });
      expect(row.measures.ties).toEqual({ value: column(2).filter((value) => value !== 0).length });
      const classes = column(3);
      const largest = Math.max(...classes.map((one) => classes.filter((other) => other === one).length));
      expect(row.measures.maskedClass).toEqual({ value: largest / row.samples });
      expect(row.degenerate).toBe(range(0, row.samples).filter((index) => index % 4 === 3).length);
    }
  });

  it('has a setting once that a plan names twice, and one of another scored class beside it', async () => {
    const { store } = database;
    const [first] = samplePlan({ keepFractions: [0.3] }).settings;
    if (first === undefined) throw new Error('There is a setting.');
    const settings = [first, { ...first, scoredClass: 0 }, first];
    const run = await store.runs.create(sampleRun([samplePlan({ settings })]));
    const rows = await store.results.table([run.id]);
    expect(rows.map(({ scoredClass }) => scoredClass)).toEqual(['predicted', '0']);
    expect(await store.results.table([run.id], { scoredClass: ['0'] })).toEqual(rows.slice(1));
    await expect(store.results.table([run.id], { scoredClass: ['label'] })).rejects.toMatchObject({
      code: 'USAGE',
      message: `Run ${run.id} has no scored class "label". There are: predicted, 0.`,
    });
  });

  it('counts the maps of an evaluation that miss their sum by more than 1 %, and tells the miss with the scores', async () => {
    const { store } = database;
    const misses = [0, 0.0099, 0.0101, 0.41, NaN, 0.002, 0.9];
    const large = await store.runs.create(sampleRun([samplePlan({ samples: 7, seed: 7 })]));
    await completeRun(store, large.id, (start, end) =>
      sampleMaps(start, end).map((map) => ({ ...map, diagnostics: { additivityMiss: misses[map.sampleIndex] ?? 0 } })),
    );
    // Shares the maps, but for the last; the other's maps have no sum to miss.
    const run = await store.runs.create(sampleRun([samplePlan({ samples: 6, seed: 7 }), samplePlan({ samples: 6, seed: 8 })]));
    await completeRun(store, run.id);
    const of = async (id: string) => (await store.results.table([id])).map(({ sumMissed }) => sumMissed);
    // NaN is the largest number, to Postgres.
    expect(await of(large.id)).toEqual([
      { samples: 4, largest: NaN },
      { samples: 4, largest: NaN },
    ]);
    const missed = { samples: 3, largest: NaN };
    expect(await of(run.id)).toEqual([missed, missed, undefined, undefined]);
    const scores = await store.results.scores({ runId: large.id, limit: 100, offset: 0, setting: { keepFraction: 0.1 } });
    expect(scores.map(({ sumMissed }) => sumMissed)).toEqual([undefined, undefined, 0.0101, 0.41, NaN, undefined, 0.9]);
  });

  it('counts the maps of an evaluation that hang on rounding', async () => {
    const { store } = database;
    const run = await store.runs.create(sampleRun([samplePlan({ samples: 5, seed: 17 }), samplePlan({ samples: 5, seed: 18 })]));
    await completeRun(store, run.id, (start, end) =>
      sampleMaps(start, end).map((map) => ({
        ...map,
        diagnostics: { undecidedFeatureMaps: [0, 2, 0, 1, 0][map.sampleIndex] ?? 0 },
      })),
    );
    const fewer = await store.runs.create(sampleRun([samplePlan({ samples: 3, seed: 17 })]));
    await completeRun(store, fewer.id);
    const of = async (id: string) => new Set((await store.results.table([id])).map(({ undecided }) => undecided));
    expect(await of(run.id)).toEqual(new Set([2]));
    expect(await of(fewer.id)).toEqual(new Set([1]));
    const none = await store.runs.create(sampleRun([samplePlan({ samples: 1, seed: 17 })]));
    await completeRun(store, none.id);
    expect(await of(none.id)).toEqual(new Set([undefined]));
  });

  it('counts how often the model is right on the samples of an evaluation, and the most frequent of their classes', async () => {
    const { store } = database;
    const run = await store.runs.create(sampleRun([10, 7, 2].map((samples) => samplePlan({ samples, keepFractions: [0.3] }))));
    await completeRun(store, run.id);
    const found = (await store.results.table([run.id])).map(({ accuracy }) => accuracy);
    expect(found).toEqual(
      [10, 7, 2].map((samples) => {
        // Predictions are of class 2 as long as 0.1 + i/7 lies below 0.3, then of class 1; labels are i mod 3.
        const right = range(0, samples).filter((index) => index % 3 === (0.1 + index / 7 < 0.3 ? 2 : 1)).length;
        return { samples, right, largestClass: Math.ceil(samples / 3) };
      }),
    );
  });

  it('divides the rates of a setting by its divisor, with their intervals, and shares the scores of the setting without one', async () => {
    const { store } = database;
    const [plain] = samplePlan({ keepFractions: [0.3] }).settings;
    if (plain === undefined) throw new TypeError('no setting');
    const divided = { ...plain, divisor: { value: 40, measures: ['drop', 'increase'] } };
    const run = await store.runs.create(sampleRun([samplePlan({ samples: 10, settings: [plain, divided], seed: 4 })]));
    const [evaluation] = await store.runs.evaluations(run.id);
    expect(new Set(evaluation?.scoreSetIds).size).toBe(1);
    await completeRun(store, run.id);
    const [whole, parts, ...others] = await store.results.table([run.id]);
    expect(others).toEqual([]);
    expect(whole).not.toHaveProperty('divisor');
    expect(parts).toMatchObject({
      divisor: 40,
      setting: whole?.setting,
      samples: 10,
      planned: 10,
      degenerate: whole?.degenerate,
    });
    for (const name of ['drop', 'increase']) {
      const [rate, quarter] = [whole?.measures[name], parts?.measures[name]];
      // 10 samples divided by 40: a quarter, up to rounding.
      expect(quarter?.value).toBeCloseTo((rate?.value ?? NaN) / 4, 14);
      expect(quarter?.interval?.low).toBeCloseTo((rate?.interval?.low ?? NaN) / 4, 14);
      expect(quarter?.interval?.high).toBeCloseTo((rate?.interval?.high ?? NaN) / 4, 14);
    }
    for (const name of ['ties', 'maskedClass']) expect(parts?.measures[name]).toEqual(whole?.measures[name]);
    // The scores behind both rows are the same ones, and are shown once.
    const scores = await store.results.scores({ runId: run.id, limit: 100, offset: 0 });
    expect(scores.map(({ sampleIndex }) => sampleIndex)).toEqual(range(0, 10));
  });

  it('shows nothing for a divided setting without a score yet', async () => {
    const { store } = database;
    const settings = samplePlan({ keepFractions: [0.3] }).settings.map((setting) => ({
      ...setting,
      divisor: { value: 40, measures: ['drop', 'increase'] },
    }));
    const run = await store.runs.create(sampleRun([samplePlan({ settings, seed: 5 })]));
    expect(await store.results.table([run.id])).toMatchObject([{ divisor: 40, samples: 0, measures: {} }]);
  });

  it('does not read the scores of other runs', async () => {
    const { store } = database;
    const [own, other] = [
      await store.runs.create(sampleRun([samplePlan({ seed: 6 })])),
      await store.runs.create(sampleRun([samplePlan({ seed: 7 })])),
    ];
    await completeRun(store, own.id);
    await completeRun(store, other.id);
    const [evaluation] = await store.runs.evaluations(other.id);
    // Whoever sums these up fails: their variance is no double.
    const sets = evaluation?.scoreSetIds ?? [];
    await database.query(`UPDATE score SET measures[1] = 1e300 * sample_index WHERE score_set_id = ANY ($1)`, [sets]);
    await expect(store.results.table([other.id])).rejects.toThrow();
    expect(await store.results.table([own.id])).toHaveLength(2);
    const rows = await database.query('SELECT FROM table_row WHERE run_id = $1', [own.id]);
    expect(rows).toHaveLength(2 * 4);
  });
});
