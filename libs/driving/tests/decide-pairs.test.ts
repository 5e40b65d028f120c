import type { AskedPair, Decisions } from '@xaigrid/contracts';
import { sampleRandom } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { decidePairs, type DecidedEvaluation, type PairScores } from '../src/until-decided/decide-pairs.js';

const bounded: PairScores['measure'] = { direction: 'lower', range: { low: 0, high: 1 } };

function evaluations(samples: number, datasetSize = 1000, count = 3): DecidedEvaluation[] {
  return Array.from({ length: count }, (_, at) => ({ dataset: 'digits', model: 'cnn', label: `m${at}`, samples, datasetSize }));
}

const pair = (first: number, second: number): AskedPair => ({
  ...{ first, second, metric: 'drop-increase', measure: 'drop', scoredClass: 'predicted', setting: { keepFraction: 0.3 } },
});

/** Scores around a mean, from 0 to 1. */
function scores(count: number, mean: number, seed: number): Float64Array {
  const random = sampleRandom(seed, 0, 0);
  return Float64Array.from({ length: count }, () => Math.min(1, Math.max(0, mean + 0.4 * (random.uniform() - 0.5))));
}

const decide = (
  given: readonly Pick<PairScores, 'first' | 'second'>[],
  {
    measure = bounded,
    size = 1000,
    ...asked
  }: { measure?: PairScores['measure']; size?: number; within?: number; most?: number } = {},
): Promise<Decisions> =>
  decidePairs(
    given.map((one, at) => ({ ...one, pair: pair(0, at + 1), measure })),
    {
      asked: { alpha: 0.05, ...asked },
      evaluations: evaluations(given[0]?.first.length ?? 0, size, given.length + 1),
      pause: () => Promise.resolve(),
    },
  );

describe('pairs of methods', () => {
  it('are decided for the better one, whichever values are better', async () => {
    const [low, high] = [scores(100, 0.3, 1), scores(100, 0.6, 2)];
    const [lower, higher] = await Promise.all([
      decide([{ first: low, second: high }]),
      decide([{ first: low, second: high }], { measure: { ...bounded, direction: 'higher' } }),
    ]);
    expect([lower.pairs[0]?.verdict, higher.pairs[0]?.verdict]).toEqual(['first', 'second']);
    expect(lower.taken).toEqual([{ dataset: 'digits', model: 'cnn', samples: 100, of: 1000, end: 'decided' }]);
  });

  it('are decided at the same sample however many follow', async () => {
    const [low, high] = [scores(400, 0.4, 1), scores(400, 0.6, 2)];
    const after = async (count: number): Promise<number | undefined> =>
      (await decide([{ first: low.subarray(0, count), second: high.subarray(0, count) }])).pairs[0]?.after;
    const first = await after(400);
    expect(first).toBeLessThan(100);
    expect([await after(first ?? 0), await after((first ?? 0) - 1)]).toEqual([first, undefined]);
  });

  it('take longer each, the more of them there are: the interval shares alpha', async () => {
    const [low, high] = [scores(200, 0.45, 1), scores(200, 0.55, 2)];
    const one = await decide([{ first: low, second: high }]);
    const twenty = await decide(Array.from({ length: 20 }, () => ({ first: low, second: high })));
    expect(twenty.pairs[0]?.after).toBeGreaterThan(one.pairs[0]?.after ?? Infinity);
    expect(twenty.pairs[0]?.interval?.low).toBeLessThan(one.pairs[0]?.interval?.low ?? -Infinity);
  });

  it('that have the same scores stay undecided when all samples are taken', async () => {
    const same = scores(300, 0.5, 1);
    const { pairs, taken } = await decide([{ first: same, second: same }], { size: 300 });
    expect(pairs[0]).toMatchObject({ verdict: 'undecided', difference: 0 });
    expect(taken[0]?.end).toBe('all-samples');
    expect((await decide([{ first: same, second: same }])).taken[0]?.end).toBeUndefined();
    expect((await decide([{ first: same, second: same }], { most: 300 })).taken[0]?.end).toBe('most-samples');
  });

  it('that differ by less than the width are the same', async () => {
    const [one, other] = [scores(300, 0.5, 1), scores(300, 0.5, 2)];
    const { pairs } = await decide([{ first: one, second: other }], { within: 0.15 });
    const { low = NaN, high = NaN } = pairs[0]?.interval ?? {};
    expect(pairs[0]?.verdict).toBe('same');
    expect([low > -0.15, high < 0.15]).toEqual([true, true]);
  });

  it('count a sample without both scores as no difference', async () => {
    const [low, high] = [scores(100, 0.3, 1), scores(100, 0.6, 2)];
    const [whole, holed] = [low.slice(), low.slice()];
    for (const at of [3, 40, 77]) {
      holed[at] = NaN;
      whole[at] = high[at] ?? NaN;
    }
    const [a, b] = await Promise.all([decide([{ first: whole, second: high }]), decide([{ first: holed, second: high }])]);
    expect(b.pairs[0]).toEqual({ ...a.pairs[0], unscored: 3 });
  });

  it('without any sample that has both scores take no more samples', async () => {
    const { taken, pairs } = await decide([{ first: new Float64Array(50).fill(NaN), second: scores(50, 0.5, 1) }]);
    expect([taken[0]?.end, pairs[0]?.unscored]).toEqual(['unscored', 50]);
  });

  it.each([
    ['a measure has no bounds', { low: 0 }, 1],
    ['scores leave the bounds', { low: 0, high: 1 }, 3],
  ])('are told apart asymptotically where %s', async (_, range, factor) => {
    const [low, high] = [scores(150, 0.3, 1), scores(150, 0.6, 2)].map((values) => values.map((value) => factor * value));
    const { pairs } = await decide([{ first: low ?? new Float64Array(), second: high ?? new Float64Array() }], {
      measure: { direction: 'lower', range },
    });
    // That sequence is silent before 100 samples.
    expect(pairs[0]).toMatchObject({ sequence: 'asymptotic', verdict: 'first', after: 100 });
  });

  it('are not the same where samples have no scores', async () => {
    const all = scores(200, 0.5, 1);
    const same = await decide([{ first: all, second: all }], { within: 0.2 });
    expect(same.pairs[0]).toMatchObject({ verdict: 'same', unscored: 0 });
    const few = all.map((score, at) => (at % 10 === 0 ? score : NaN));
    const open = await decide([{ first: few, second: all }], { within: 0.2 });
    expect(open.pairs[0]).toMatchObject({ verdict: 'undecided', unscored: 180 });
    const none = await decide([{ first: all.map(() => NaN), second: all }], { within: 0.2 });
    expect([none.pairs[0]?.verdict, none.taken[0]?.end]).toEqual(['undecided', 'unscored']);
  });

  it('are not told apart by rounding', async () => {
    const all = scores(400, 0.5, 1);
    const above = all.map((score) => score + 5e-7);
    const unbounded = { direction: 'lower', range: { low: 0 }, scale: 1 } as const;
    for (const measure of [bounded, unbounded]) {
      const { pairs } = await decide([{ first: above, second: all }], { measure });
      expect(pairs[0]).toMatchObject({ verdict: 'undecided', difference: 0 });
    }
  });
});
