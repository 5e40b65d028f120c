import { describe, expect, it } from 'vitest';
import { relevanceMassAccuracy } from '../src/localisation/relevance-mass-accuracy.js';
import { relevanceRankAccuracy } from '../src/localisation/relevance-rank-accuracy.js';
import { topKIntersection } from '../src/localisation/top-k-intersection.js';
import { farthest, goldenMaps, quantusLocalisation, regionRequest, scoreRegions } from './region-request.js';

/** Every order of the numbers 0 … n − 1. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}

/** The mean, over all orders in which equal values may stand, of the share inside among the first `count`. */
function byBruteForce(values: readonly number[], region: readonly number[], count: number): number {
  const possible = orders(values.length).filter((order) =>
    order.every((position, place) => place === 0 || (values[order[place - 1] ?? -1] ?? NaN) >= (values[position] ?? NaN)),
  );
  const inside = possible.flatMap((order) => order.slice(0, count)).filter((position) => region[position] === 1);
  return inside.length / (count * possible.length);
}

const tied = [
  [3, 1, 1, 1, 0, 0],
  [2, 2, 2, 2, 2, 2],
  [0, 0, 5, 0, 4, 0],
  [-1, -2, -2, -3, 1, -2],
];
const region = [0, 1, 0, 1, 1, 0];
const positions = [2, 3];

describe('relevance-mass-accuracy', () => {
  it('is the share of the values inside: positive ones, or with their sign by quantus', async () => {
    const asked = { maps: [[1, 4, 1, 1, 1, -2], [1, -1, 0, 0, 0, 0], region], regions: [region], positions };
    expect((await scoreRegions(asked, {}, relevanceMassAccuracy)).massAccuracy).toEqual([6 / 8, 0, 1]);
    const signed = await scoreRegions(asked, { definition: 'quantus' }, relevanceMassAccuracy);
    expect(signed.massAccuracy).toEqual([6 / 6, 0, 1]);
    expect(signed.noMass).toEqual([0, 1, 0]);
    const squared = await scoreRegions(asked, { values: 'squared' }, relevanceMassAccuracy);
    expect(squared.massAccuracy).toEqual([18 / 24, 1 / 2, 1]);
  });

  it('by quantus is what Quantus gives', async () => {
    const { samples, asked } = goldenMaps((name) => name !== 'zero');
    const signed = await scoreRegions(asked, { definition: 'quantus' }, relevanceMassAccuracy);
    // Sums of up to 24 values whose signs cancel to a twentieth of them: about 20 · 24 · 2⁻⁵³ of shares up to 5.5.
    expect(
      farthest(
        signed.massAccuracy,
        samples.map(({ scores }) => scores.massAccuracy),
      ),
    ).toBeLessThan(1e-13);
    const absolute = await scoreRegions(asked, { definition: 'quantus', values: 'absolute' }, relevanceMassAccuracy);
    expect(
      farthest(
        absolute.massAccuracy,
        samples.map(({ scores }) => scores.absoluteMassAccuracy),
      ),
    ).toBeLessThan(2e-15);
  });
});

describe('relevance-rank-accuracy', () => {
  it('is the mean over all orders of values that tie, by brute force', async () => {
    const found = await scoreRegions({ maps: tied, regions: [region], positions }, { values: 'signed' }, relevanceRankAccuracy);
    expect(
      farthest(
        found.rankAccuracy,
        tied.map((values) => byBruteForce(values, region, 3)),
      ),
    ).toBeLessThan(1e-15);
    expect(found.ties).toEqual([1, 1, 1, 1]);
  });

  it('gives a constant map the region’s share, the region itself 1, and an empty region 0', async () => {
    const maps = [tied[1] ?? [], region, region];
    const found = await scoreRegions(
      { maps, regions: [region, region, [0, 0, 0, 0, 0, 0]], positions },
      {},
      relevanceRankAccuracy,
    );
    expect(found.rankAccuracy).toEqual([1 / 2, 1, 0]);
    expect(found.ties).toEqual([1, 0, 0]);
    expect(found.noRegion).toEqual([0, 0, 1]);
  });

  it('by quantus is what Quantus gives where nothing ties', async () => {
    const { samples, asked } = goldenMaps((name) => name.startsWith('signed') || name === 'negative');
    const found = await scoreRegions(asked, { definition: 'quantus' }, relevanceRankAccuracy);
    expect(found.rankAccuracy).toEqual(samples.map(({ scores }) => scores.rankAccuracy));
    expect(found.ties).toEqual(samples.map(() => 0));
  });

  it('by quantus takes values that tie in the order of their positions', async () => {
    const found = await scoreRegions(
      { maps: tied, regions: [region], positions },
      { definition: 'quantus' },
      relevanceRankAccuracy,
    );
    expect(found.rankAccuracy).toEqual([1 / 3, 1 / 3, 1 / 3, 2 / 3]);
  });
});

describe('top-k-intersection', () => {
  it('is the mean over all orders of values that tie, by brute force, and divided by the region’s share', async () => {
    for (const k of [1, 2, 3, 4, 5, 6]) {
      const found = await scoreRegions({ maps: tied, regions: [region], positions }, { k }, topKIntersection);
      const wanted = tied.map((values) => byBruteForce(values, region, k));
      expect(farthest(found.topKIntersection, wanted)).toBeLessThan(1e-15);
      expect(
        farthest(
          found.conceptInfluence,
          wanted.map((share) => 2 * share),
        ),
      ).toBeLessThan(1e-15);
    }
  });

  it('by quantus is what Quantus gives where nothing ties', async () => {
    const { samples, asked } = goldenMaps((name) => name.startsWith('signed') || name === 'negative');
    const found = await scoreRegions(asked, { definition: 'quantus', k: quantusLocalisation.k }, topKIntersection);
    expect(found.topKIntersection).toEqual(samples.map(({ scores }) => scores.topKIntersection));
    // One product and one quotient, rounded in another order.
    expect(
      farthest(
        found.conceptInfluence,
        samples.map(({ scores }) => scores.conceptInfluence),
      ),
    ).toBeLessThan(5e-16);
  });

  it('refuses to look at more positions than there are, and takes several k', () => {
    const asked = { maps: tied, regions: [region], positions };
    expect(() => regionRequest(asked, {}, topKIntersection)).toThrow(
      expect.objectContaining({
        code: 'SPEC_INVALID',
        message: 'top-k-intersection cannot look at the 1000 highest of 6 positions. Give a smaller k: up to 6.',
      }),
    );
    expect(regionRequest(asked, { k: [1, 6] }, topKIntersection).settings).toEqual([
      { k: 1, values: 'signed' },
      { k: 6, values: 'signed' },
    ]);
  });
});
