import type { Comparison, ScoreRow } from '@xaigrid/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { completeRun, samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('comparisons');
let runId: string;
let scores: ScoreRow[];

beforeAll(async () => {
  const { store } = database;
  const model = samplePlan().model;
  const run = await store.runs.create(
    sampleRun([
      samplePlan({ seed: 1, label: 'one', samples: 10 }),
      samplePlan({ seed: 2, label: 'two', samples: 10, explainer: { method: 'gradient', version: 1, params: {}, files: [] } }),
      // Fewer samples and only one setting, with a divisor beside it, which has the same scores.
      samplePlan({
        ...{ seed: 3, label: 'three', samples: 7 },
        settings: [undefined, { value: 5, measures: ['drop'] }].map((divisor) => ({
          ...{ metric: 'drop-increase', version: 1, scoredClass: 'predicted' as const },
          ...{ setting: { keepFraction: 0.3, baseline: 'zero' }, ...(divisor === undefined ? {} : { divisor }) },
        })),
      }),
      // Of another model, and of another scored class.
      samplePlan({ seed: 4, label: 'four', model: { ...model, name: 'other', fingerprint: '0'.repeat(64) } }),
      samplePlan({
        ...{ seed: 5, label: 'five' },
        settings: samplePlan().settings.map((setting) => ({ ...setting, scoredClass: 'label' as const })),
      }),
      // The same maps as the first, under another name.
      samplePlan({ seed: 1, label: 'again', samples: 10, keepFractions: [0.1] }),
    ]),
  );
  runId = run.id;
  await completeRun(store, runId);
  await database.query(
    `UPDATE score SET measures = ARRAY[abs(sin(score_set_id * 7.3 + sample_index * 1.7)), (score_set_id * 5 + sample_index * 3) % 4 / 3, 0, 1]`,
  );
  const [second] = await store.runs.evaluations(runId).then((all) => all.slice(1));
  await database.query('DELETE FROM score WHERE score_set_id = $1 AND sample_index = 4', [second?.scoreSetIds[1]]);
  scores = await store.results.scores({ runId, limit: 10_000, offset: 0 });
});

/** The definition, over the scores of single samples. */
function bruteForce(first: string, second: string, measure: string, keepFraction: number): Partial<Comparison> {
  const of = (label: string, sample: number): number | undefined =>
    scores.find((row) => row.label === label && row.sampleIndex === sample && row.setting.keepFraction === keepFraction)
      ?.measures[measure];
  const differences = Array.from({ length: 10 }, (_, sample) => (of(first, sample) ?? NaN) - (of(second, sample) ?? NaN)).filter(
    (difference) => !Number.isNaN(difference),
  );
  const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
  const variance = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (differences.length - 1);
  const half = 1.959963984540054 * Math.sqrt(variance / differences.length);
  return {
    ...{ first, second, measure, samples: differences.length, difference: mean },
    interval: { low: mean - half, high: mean + half },
    higher: differences.filter((one) => one > 0).length,
    lower: differences.filter((one) => one < 0).length,
  };
}

function expectClose(found: Comparison | undefined, wanted: Partial<Comparison>): void {
  // Ten differences of numbers up to 1, added up in another order.
  const rounded = ({ difference = NaN, interval }: Partial<Comparison>): string[] =>
    [difference, interval?.low ?? NaN, interval?.high ?? NaN].map((value) => value.toFixed(12));
  expect(found).toMatchObject({ ...wanted, difference: expect.any(Number) as number, interval: expect.any(Object) as object });
  expect(rounded(found ?? {})).toEqual(rounded(wanted));
}

describe('comparisons', () => {
  it('are of every two evaluations with all but the method in common, sample by sample', async () => {
    const found = await database.store.results.comparisons({ runIds: [runId] });
    const names = found.map(
      ({ first, second, measure, setting }) => `${first} ${second} ${measure} ${String(setting.keepFraction)}`,
    );
    expect(names).toEqual([
      ...['one two drop 0.1', 'two again drop 0.1', 'one two increase 0.1', 'two again increase 0.1'],
      ...['one two drop 0.3', 'one three drop 0.3', 'two three drop 0.3'],
      ...['one two increase 0.3', 'one three increase 0.3', 'two three increase 0.3'],
    ]);
    for (const comparison of found) {
      const { first, second, measure, setting } = comparison;
      expectClose(comparison, bruteForce(first, second, measure, Number(setting.keepFraction)));
      expect(comparison).toMatchObject({ dataset: 'mnist1d', model: 'cnn', engine: 'onnxruntime', scoredClass: 'predicted' });
    }
    expect(found.map(({ samples }) => samples)).toEqual([10, 10, 10, 10, 9, 7, 6, 9, 7, 6]);
  });

  it('are with one evaluation or method, always as the second, of one measure and setting', async () => {
    const { results } = database.store;
    for (const against of ['two', 'gradient']) {
      const found = await results.comparisons({
        runIds: [runId],
        against: [against],
        measure: 'drop',
        setting: { keepFraction: 0.3 },
      });
      expect(found.map(({ first, second }) => [first, second])).toEqual([
        ['one', 'two'],
        ['three', 'two'],
      ]);
      expectClose(found[1], bruteForce('three', 'two', 'drop', 0.3));
    }
    expect(await results.comparisons({ runIds: [runId], against: ['four'] })).toEqual([]);
  });

  it('have what is named first on the left, and what else is chosen on both sides', async () => {
    const { results } = database.store;
    const named = async (query: object): Promise<string[]> =>
      (await results.comparisons({ runIds: [runId], measure: 'drop', ...query })).map(
        ({ first, second }) => `${first} ${second}`,
      );
    expect(await named({ method: ['two'], keep: ['0.3'] })).toEqual(['two one', 'two three']);
    expect(await named({ method: ['three'], against: ['one', 'two'] })).toEqual(['three one', 'three two']);
    expect(await named({ evaluation: [0, 2] })).toEqual(['one three']);
    await expect(named({ keep: ['0.7'] })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('are refused for measures and evaluations that the run has not', async () => {
    const { results } = database.store;
    await expect(results.comparisons({ runIds: [runId], measure: 'dorp' })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('Did you mean "drop"?') as string,
    });
    await expect(results.comparisons({ runIds: [runId], against: ['tow'] })).rejects.toMatchObject({
      code: 'USAGE',
      message: `Run ${runId} has no method "tow". Did you mean "two"? There are: one, two, three, four, five, again.`,
    });
  });
});
