import type { RankAgreement, ScoreRow } from '@xaigrid/contracts';
import { createResamples, percentileInterval } from '@xaigrid/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Statements } from '../src/sql/prisma.js';
import { readRunScoreSets } from '../src/results/run-score-sets.js';
import { streamScores } from '../src/results/score-stream.js';
import { completeRun, samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('agreements');
const labels = ['a', 'b', 'c', 'd', 'e'];
const keeps = [0.1, 0.3, 0.5];
let runId: string;
let rows: ScoreRow[];

beforeAll(async () => {
  const { store } = database;
  const run = await store.runs.create(
    sampleRun(
      [
        ...labels.map((label, seed) =>
          samplePlan({ seed, label, samples: 30, keepFractions: label === 'e' ? keeps.slice(0, 2) : keeps }),
        ),
        ...['x', 'y', 'z'].map((label, seed) =>
          samplePlan({ seed: 20 + seed, label, samples: 3_000, keepFractions: [0.1, 0.3] }),
        ),
      ],
      1_000,
    ),
  );
  runId = run.id;
  await completeRun(store, runId);
  // Rounded, so that some scores of a sample are equal.
  await database.query(
    `UPDATE score SET measures = ARRAY[round((sin(score_set_id * 2.9 + sample_index * (1.1 + score_set_id % 3)) + score_set_id % 5 * 0.3)::numeric * 6), 0, 0, 1]`,
  );
  const sets = await readRunScoreSets(queries, runId);
  const gone = sets.find(({ label, setting }) => label === 'b' && setting.keepFraction === 0.3);
  await database.query('DELETE FROM score WHERE score_set_id = $1 AND sample_index IN (4, 17)', [gone?.scoreSetId]);
  rows = await store.results.scores({ runId, limit: 100_000, offset: 0 });
});

const queries: Statements = {
  $queryRaw: ({ text, values }) => database.query(text, values),
  $executeRaw: async ({ text, values }) => (await database.query(text, values)).length,
};

const column = (keepFraction: number, direction: 'higher' | 'lower' = 'lower') => ({
  ...{ metric: 'drop-increase', measure: 'drop', scoredClass: 'predicted', direction },
  setting: { keepFraction, baseline: 'zero' },
  scale: 0,
});
const agreements = (columns: ReturnType<typeof column>[], from = 0, to = labels.length): Promise<RankAgreement[]> =>
  database.store.results.rankAgreements({
    methods: Array.from({ length: to - from }, (_, at) => ({ runId, evaluation: from + at })),
    columns,
  });

const scoreOf = (label: string, keep: number, sample: number): number =>
  rows.find((row) => row.label === label && row.setting.keepFraction === keep && row.sampleIndex === sample)?.measures.drop ??
  NaN;

/** Kendall's tau-b by its definition. */
function tau(a: readonly number[], b: readonly number[]): number {
  const twos = a.flatMap((_, one) => a.slice(one + 1).map((_other, offset) => [one, one + 1 + offset] as const));
  const signs = (values: readonly number[]): number[] =>
    twos.map(([one, other]) => Math.sign((values[one] ?? NaN) - (values[other] ?? NaN)));
  const [signsA, signsB] = [signs(a), signs(b)];
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, at) => sum + value * (y[at] ?? NaN), 0);
  return dot(signsA, signsB) / Math.sqrt(dot(signsA, signsA) * dot(signsB, signsB));
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('rank agreement', () => {
  it.each([
    [0.1, 0.3, labels, 1],
    [0.1, 0.5, ['a', 'b', 'c', 'd'], 2],
  ])('of keep %s and %s is that of the definition, on the methods that both have', async (first, second, methods, at) => {
    const found = (await agreements(keeps.map((keep) => column(keep))))[at - 1];
    const samples = Array.from({ length: 30 }, (_, sample) => sample);
    const taus = samples
      .map((sample) =>
        tau(
          methods.map((method) => scoreOf(method, first, sample)),
          methods.map((method) => scoreOf(method, second, sample)),
        ),
      )
      .filter((value) => !Number.isNaN(value));
    expect(found).toMatchObject({ first: 0, second: at, methods: methods.length, overSamples: { samples: taus.length } });
    // Sums of at most 30 numbers in another order.
    expect(found?.overSamples?.tau).toBeCloseTo(meanOf(taus), 13);
    const means = [first, second].map((keep) =>
      methods.map((method) =>
        meanOf(samples.map((sample) => scoreOf(method, keep, sample)).filter((value) => !Number.isNaN(value))),
      ),
    );
    expect(found?.overMethods?.tau).toBeCloseTo(tau(means[0] ?? [], means[1] ?? []), 13);
  });

  it('has the percentile intervals of resampled samples, the two columns resampled together', async () => {
    const [found] = await agreements([column(0.1), column(0.3, 'higher')]);
    const { draws, count } = createResamples({ groups: 30, count: 1_000 });
    const complete = (sample: number): boolean => labels.every((label) => !Number.isNaN(scoreOf(label, 0.3, sample)));
    const table = [0.1, 0.3].map((keep) =>
      labels.map((label) => Array.from({ length: 30 }, (_, sample) => scoreOf(label, keep, sample))),
    );
    const perSample = Array.from({ length: 30 }, (_, sample) =>
      complete(sample)
        ? -tau(...([0, 1].map((at) => (table[at] ?? []).map((own) => own[sample] ?? NaN)) as [number[], number[]]))
        : NaN,
    );
    const each = Array.from({ length: count }, (_, resample) => [...draws.subarray(30 * resample, 30 * (resample + 1))]);
    const numbers = (values: readonly number[]): number[] => values.filter((value) => !Number.isNaN(value));
    const ofSamples = percentileInterval(
      Float64Array.from(each, (drawn) => meanOf(numbers(drawn.map((sample) => perSample[sample] ?? NaN)))),
    );
    const ofMethods = percentileInterval(
      Float64Array.from(each, (drawn) => {
        const means = table.map((own) => own.map((values) => meanOf(numbers(drawn.map((sample) => values[sample] ?? NaN)))));
        return -tau(means[0] ?? [], means[1] ?? []);
      }),
    );
    for (const [interval, wanted] of [
      [found?.overSamples?.interval, ofSamples],
      [found?.overMethods?.interval, ofMethods],
    ]) {
      expect(interval?.low).toBeCloseTo(wanted?.low ?? NaN, 12);
      expect(interval?.high).toBeCloseTo(wanted?.high ?? NaN, 12);
    }
  });

  it('is 1 with itself, −1 with its own opposite, and a contradiction', async () => {
    const [same, opposite] = await agreements([column(0.1), column(0.1), column(0.1, 'higher')]);
    expect(same?.overMethods).toMatchObject({ tau: 1, rho: 1, verdict: 'agree' });
    expect(opposite?.overMethods).toMatchObject({ tau: -1, rho: -1, interval: { low: -1, high: -1 }, verdict: 'contradict' });
    expect(opposite?.overSamples).toMatchObject({ tau: -1, verdict: 'contradict' });
  });

  it('of many samples has intervals as wide as one by one, up to the 5 % that 1000 groups know it', async () => {
    const [found] = await agreements([column(0.1), column(0.3)], labels.length, labels.length + 3);
    const of = ['x', 'y', 'z'];
    const byKey = new Map(
      rows.map((row) => [`${row.label} ${String(row.setting.keepFraction)} ${row.sampleIndex}`, row.measures.drop ?? NaN]),
    );
    const taus = Array.from({ length: 3_000 }, (_, sample) => {
      const [a, b] = [0.1, 0.3].map((keep) => of.map((label) => byKey.get(`${label} ${keep} ${sample}`) ?? NaN));
      return tau(a ?? [], b ?? []);
    }).filter((value) => !Number.isNaN(value));
    const mean = meanOf(taus);
    const deviation = Math.sqrt(meanOf(taus.map((value) => (value - mean) ** 2)) / taus.length);
    expect(found?.overSamples?.samples).toBe(taus.length);
    expect(found?.overSamples?.tau).toBeCloseTo(mean, 12);
    const { low, high } = found?.overSamples?.interval ?? { low: NaN, high: NaN };
    // Twice 2.2 % for the groups, and for 1000 resamples twice 3.7 % of a bound: √(0.025 · 0.975/1000)/0.0584/1.96 = 4.3 %, of
    // both together 3 %.
    expect(Math.abs((high - low) / (2 * 1.96 * deviation) - 1)).toBeLessThan(0.11);
  });

  it('takes scores that differ by rounding for equal', async () => {
    // Of scores that are whole numbers within ±9, all differ by rounding at this scale.
    const [rounding] = await agreements([{ ...column(0.1), scale: 1e8 }, column(0.3)]);
    expect(rounding).toEqual({ first: 0, second: 1, methods: labels.length });
  });

  it('is not there below three methods', async () => {
    expect(await agreements([column(0.1), column(0.3)], 0, 2)).toEqual([{ first: 0, second: 1, methods: 2 }]);
  });

  it('reads scores page by page, each once', async () => {
    const sets = (await readRunScoreSets(queries, runId)).slice(0, 4).map((set) => ({ set, position: 1 }));
    const read = async (pageScores: number): Promise<string[]> => {
      const lines: string[] = [];
      for await (const { sampleIndices, values } of streamScores(queries, sets, pageScores)) {
        expect(sampleIndices.length * sets.length).toBeLessThanOrEqual(pageScores);
        for (const [at, sample] of sampleIndices.entries()) lines.push([sample, ...values.map((own) => own[at])].join());
      }
      return lines;
    };
    expect(await read(28)).toEqual(await read(1_000_000));
    expect(await read(28)).toHaveLength(30);
  });
});
