import { describe, expect, it } from 'vitest';
import { auc } from '../src/localisation/auc.js';
import { farthest, goldenMaps, scoreRegions } from './region-request.js';

/** Over all pairs of a position inside and one outside. */
function byPairs(values: readonly number[], region: readonly number[]): number {
  const of = (wanted: number) => values.filter((_, at) => region[at] === wanted);
  const wins = of(1).flatMap((inside) => of(0).map((outside): number => (inside > outside ? 1 : inside === outside ? 0.5 : 0)));
  return wins.reduce((sum, win) => sum + win, 0) / wins.length;
}

describe('auc', () => {
  it('is the share of pairs in which the position inside is higher, ties counting half, as Quantus gives it', async () => {
    const { samples, asked } = goldenMaps();
    const found = await scoreRegions(asked, {}, auc);
    expect(
      farthest(
        found.auc,
        samples.map(({ map, region }) => byPairs(map, region)),
      ),
    ).toBeLessThan(1e-15);
    // scikit-learn adds up the trapezoids of up to 24 points.
    expect(
      farthest(
        found.auc,
        samples.map(({ scores }) => scores.auc),
      ),
    ).toBeLessThan(2e-15);
  });

  it('has nothing to tell apart where the region is empty or everything', async () => {
    const regions = [
      [0, 0, 0],
      [1, 1, 1],
      [0, 1, 0],
    ];
    const found = await scoreRegions(
      {
        maps: [
          [1, 2, 3],
          [1, 2, 3],
          [0, 0, 0],
        ],
        regions,
        positions: [3],
      },
      {},
      auc,
    );
    expect(found.auc).toEqual([0.5, 0.5, 0.5]);
    expect(found.noContrast).toEqual([1, 1, 0]);
  });
});
