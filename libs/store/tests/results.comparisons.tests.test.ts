import type { Comparison, ScoreRow } from '@xaigrid/contracts';
import { holmAdjusted, signedRankPValue, welchPValue } from '@xaigrid/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { completeRun, samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('comparison_tests');
const dataset = { ...samplePlan().dataset, name: 'other', fingerprint: '1'.repeat(64) };
const otherModel = { ...samplePlan().model, name: 'vgg', fingerprint: '2'.repeat(64) };
let one: string;
let two: string;

async function addRun(plans: Parameters<typeof sampleRun>[0]): Promise<string> {
  const { id } = await database.store.runs.create(sampleRun(plans, 1000));
  await completeRun(database.store, id);
  return id;
}

beforeAll(async () => {
  one = await addRun([
    ...['a', 'b', 'c'].map((label, seed) => samplePlan({ seed, label, samples: 40 })),
    // Many samples: they are resampled in groups.
    ...['d', 'e'].map((label, seed) => samplePlan({ seed, label, samples: 2_500, keepFractions: [0.7] })),
    samplePlan({ seed: 9, label: 'a', samples: 40, model: otherModel }),
    samplePlan({ seed: 9, label: 'a', samples: 30, dataset }),
  ]);
  two = await addRun([
    samplePlan({ seed: 5, label: 'a', samples: 25 }),
    samplePlan({ seed: 1, label: 'b', samples: 40 }),
    samplePlan({ seed: 8, label: 'c', samples: 20, dataset: { ...dataset, name: 'mnist1d' } }),
  ]);
  // Eighths, so that there are ties and zeros, and each set a little above the one before.
  await database.query(
    `UPDATE score SET measures = ARRAY[
      round((sin(score_set_id * 7.3 + sample_index * 1.7) + score_set_id * 0.02)::numeric * 8) / 8, (score_set_id * 5 + sample_index * 3) % 2, 0, 1]`,
  );
});

const scoresOf = (runId: string): Promise<ScoreRow[]> => database.store.results.scores({ runId, limit: 100_000, offset: 0 });

const dropsOf = (rows: readonly ScoreRow[], label: string, changes: Partial<ScoreRow> = {}): Map<number, number> =>
  new Map(
    rows
      .filter((row) => row.label === label && row.setting.keepFraction === (['d', 'e'].includes(label) ? 0.7 : 0.3))
      .filter((row) => row.dataset === (changes.dataset ?? 'mnist1d') && row.model === (changes.model ?? 'cnn'))
      .map((row) => [row.sampleIndex, row.measures.drop ?? NaN]),
  );

const differencesOf = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): number[] =>
  [...a].flatMap(([sample, value]) => (b.has(sample) ? [value - (b.get(sample) ?? NaN)] : []));

/** The definition, difference by difference. */
function signedRankTest(differences: readonly number[]): number {
  const found = differences.filter((difference) => difference !== 0);
  const values = [...new Set(found.map(Math.abs))].sort((a, b) => a - b);
  const sizes = values.map((value) => found.filter((difference) => Math.abs(difference) === value).length);
  const rankOf = (difference: number): number => {
    const [below, equal] = [-1, 0].map(
      (sign) => found.filter((other) => Math.sign(Math.abs(other) - Math.abs(difference)) === sign).length,
    );
    return (below ?? 0) + ((equal ?? 0) + 1) / 2;
  };
  return signedRankPValue({
    ...{ zeros: differences.length - found.length, count: found.length, sizes },
    rankSum: found.reduce((sum, difference) => sum + (difference > 0 ? rankOf(difference) : 0), 0),
    ties: sizes.reduce((sum, equal) => sum + equal ** 3 - equal, 0),
  });
}

const moments = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    count: values.length,
    mean,
    variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1),
  };
};

/** P(|Z| > |z|) by the normal distribution, from a table's formula (Abramowitz & Stegun 26.2.17, 1e-7). */
function normalPValue(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (2 * series * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

const compare = (query: object): Promise<Comparison[]> =>
  database.store.results.comparisons({ runIds: [one], measure: 'drop', ...query });
const named = ({ first, second, method = '' }: Comparison): string => [method, first, second].filter(Boolean).join(' ');

describe('tests of methods', () => {
  it('by Wilcoxon rank the differences of each pair as the definition says, and are corrected over the pairs of one setting', async () => {
    const rows = await scoresOf(one);
    const found = await compare({ test: 'wilcoxon', keep: ['0.3'], model: ['cnn'], dataset: ['mnist1d'] });
    expect(found.map(named)).toEqual(['a b', 'a c', 'b c']);
    const wanted = found.map(({ first, second }) => signedRankTest(differencesOf(dropsOf(rows, first), dropsOf(rows, second))));
    expect(found.map(({ test }) => test?.p)).toEqual(wanted);
    expect(found.map(({ test }) => test?.holm)).toEqual(holmAdjusted(wanted));
    expect(found.map(({ test }) => [test?.name, test?.family])).toEqual(found.map(() => ['wilcoxon', 3]));
    // Against one method the family is smaller.
    const against = await compare({ test: 'wilcoxon', keep: ['0.3'], model: ['cnn'], dataset: ['mnist1d'], against: ['c'] });
    expect(against.map(({ test }) => test?.family)).toEqual([2, 2]);
  });

  it('by bootstrap, which is the default, come close to the normal approximation, also where samples are resampled in groups', async () => {
    const rows = await scoresOf(one);
    const found = [
      ...(await compare({ keep: ['0.3'], model: ['cnn'], dataset: ['mnist1d'] })),
      ...(await compare({ keep: ['0.7'] })),
    ];
    expect(found.map(named)).toEqual(['a b', 'a c', 'b c', 'd e']);
    for (const { first, second, test } of found) {
      const { mean, variance, count } = moments(differencesOf(dropsOf(rows, first), dropsOf(rows, second)));
      // The resamples' variance is that of the population; its own estimate from 1000 groups is known to 2 %.
      const deviation = Math.sqrt((variance * (count - 1)) / count / count);
      const [low = 0, high = 0] = [0.93, 1.07].map((factor) => normalPValue((mean / deviation) * factor)).sort((a, b) => a - b);
      expect(test?.name).toBe('bootstrap');
      // Four deviations of a share of 9999, doubled, and the 1 that is added.
      const slack = 8 * Math.sqrt((high * (1 - high / 2)) / 2 / 9_999) + 0.0004;
      expect(test?.p).toBeGreaterThan(low - slack);
      expect(test?.p).toBeLessThan(high + slack);
    }
    expect(await compare({ keep: ['0.7'] })).toEqual(found.slice(3));
    const [untested] = await compare({ keep: ['0.7'], test: 'none' });
    expect(untested).toEqual({ ...untested, difference: found[3]?.difference });
    expect(untested).not.toHaveProperty('test');
  });
});

describe('comparisons across', () => {
  it('runs pair the samples of one method that both runs have, and say which runs', async () => {
    const rows = [await scoresOf(one), await scoresOf(two)];
    const found = await compare({ runIds: [one, two], test: 'wilcoxon', keep: ['0.3'], method: ['a', 'b'] });
    expect(found.map(named)).toEqual([`a ${one} ${two}`, `b ${one} ${two}`]);
    const differences = differencesOf(dropsOf(rows[0] ?? [], 'a'), dropsOf(rows[1] ?? [], 'a'));
    expect(found[0]).toMatchObject({ across: 'runs', samples: 25, runs: { first: one, second: two } });
    expect(found[0]?.difference).toBeCloseTo(moments(differences).mean, 14);
    expect(found[0]?.test).toMatchObject({ name: 'wilcoxon', p: signedRankTest(differences), family: 2 });
    // The same maps have the same scores.
    expect(found[1]).toMatchObject({ samples: 40, difference: 0, higher: 0, lower: 0, test: { p: 1 } });
  });

  it('runs whose data set of one name is another do not pair', async () => {
    const [a, b] = [[...dropsOf(await scoresOf(one), 'c').values()], [...dropsOf(await scoresOf(two), 'c').values()]];
    const [found, ...others] = await compare({ runIds: [one, two], test: 'wilcoxon', keep: ['0.3'], method: ['c'] });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ samples: 40, otherSamples: 20, test: { name: 'welch', family: 1 } });
    expect(found).not.toHaveProperty('higher');
    const [first, second] = [moments(a), moments(b)];
    expect(found?.difference).toBeCloseTo(first.mean - second.mean, 14);
    // Means and variances of eighths are added up in another order.
    expect(found?.test?.p).toBeCloseTo(welchPValue(first, second), 12);
    const half = 1.959963984540054 * Math.sqrt(first.variance / 40 + second.variance / 20);
    expect(found?.interval?.high).toBeCloseTo(first.mean - second.mean + half, 12);
    const [resampled] = await compare({ runIds: [one, two], keep: ['0.3'], method: ['c'] });
    expect(resampled?.test?.name).toBe('unpaired-bootstrap');
    expect(Math.abs((resampled?.test?.p ?? NaN) - welchPValue(first, second))).toBeLessThan(0.05);
  });

  it('models pair samples, data sets do not', async () => {
    const models = await compare({ across: 'models', keep: ['0.3'] });
    expect(models.map((row) => [named(row), row.samples, row.otherSamples, row.test?.name])).toEqual([
      ['a cnn vgg', 40, undefined, 'bootstrap'],
    ]);
    const datasets = await compare({ across: 'datasets', keep: ['0.3'] });
    expect(datasets.map((row) => [named(row), row.samples, row.otherSamples, row.test?.name])).toEqual([
      ['a mnist1d other', 40, 30, 'unpaired-bootstrap'],
    ]);
  });

  it.each([
    [{ across: 'runs' }, /there is one run here: .* Name another run\.$/],
    [{ across: 'models', model: ['cnn'] }, /there is one model here: cnn\. Name another run that has another model\.$/],
    [{ across: 'models', against: ['b'] }, /across models a method is compared with itself/],
  ])('%j is refused in one sentence', async (query, message) => {
    await expect(compare(query)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) as string });
  });

  it('methods of several runs is refused', async () => {
    await expect(compare({ runIds: [one, two], across: 'methods' })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('scores that differ by rounding alone', () => {
  const rounding = 2 ** -25;
  // With one sample that no rounding explains, which is as often above as below.
  const scores = (first: number, second: number) =>
    database.query(
      `UPDATE score SET measures = ARRAY[0.001 + CASE WHEN e.label = 'b' AND sample_index > 0 THEN ${rounding}
        WHEN e.label = 'b' THEN ${second} WHEN sample_index = 0 THEN ${first} ELSE 0 END, 0, 0, 1]
       FROM evaluation_setting s JOIN evaluation_overview e USING (evaluation_id) WHERE e.run_id = $1 AND s.score_set_id = score.score_set_id`,
      [one],
    );
  const ofTwo = (query: object) =>
    compare({ keep: ['0.3'], model: ['cnn'], dataset: ['mnist1d'], method: ['a'], against: ['b'], ...query });

  it.each(['bootstrap', 'wilcoxon'] as const)('count as equal, in differences, counts and the test by %s', async (test) => {
    await scores(0, 0);
    const [exact] = await ofTwo({ test });
    // By the scores alone, of which a millionth is less, they differ.
    expect(exact).toMatchObject({ higher: 0, lower: 39 });
    expect(exact?.test?.p).toBeLessThan(0.001);
    const [rounded] = await ofTwo({ test, scaleOf: () => 1 });
    expect(rounded).toMatchObject({ difference: 0, interval: { low: 0, high: 0 }, higher: 0, lower: 0, test: { p: 1 } });
  });

  it('leave only the other samples to the bootstrap', async () => {
    await scores(1e-5, 0);
    const [rounded] = await ofTwo({ test: 'bootstrap', scaleOf: () => 1 });
    expect(rounded).toMatchObject({ higher: 1, lower: 0 });
    // A resample without the one sample, of which 0.975^40 = 36 % are, has a mean of 0: neither above nor below.
    expect(rounded?.test?.p).toBeGreaterThan(0.6);
  });
});
