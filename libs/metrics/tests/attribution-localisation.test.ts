import { describe, expect, it } from 'vitest';
import { attributionLocalisation } from '../src/localisation/attribution-localisation.js';
import { focus } from '../src/localisation/focus.js';
import { farthest, goldenMaps, quantusLocalisation, scoreRegions } from './region-request.js';

const positions = [2, 3];
const region = [0, 1, 0, 0, 1, 0];
const score = (maps: readonly (readonly number[])[], params: Readonly<Record<string, unknown>> = {}) =>
  scoreRegions({ maps, regions: [region], positions }, params, attributionLocalisation);

describe('attribution-localisation', () => {
  it('is the share of the positive mass inside, and that divided by the region’s share', async () => {
    const found = await score([
      [1, 4, 1, 1, 1, -9],
      [2, 2, 2, 2, 2, 2],
      [-1, 0, 0, 0, 0, 0],
    ]);
    expect(found.attributionLocalisation).toEqual([5 / 8, 1 / 3, 0]);
    expect(found.weightedLocalisation).toEqual([5 / 8 / (1 / 3), 1, 0]);
    expect(found.noMass).toEqual([0, 0, 1]);
  });

  it('of an empty region is 0, and is counted', async () => {
    const found = await scoreRegions({ maps: [[1, 1]], regions: [[0, 0]], positions: [2] }, {}, attributionLocalisation);
    expect(found).toMatchObject({ attributionLocalisation: [0], weightedLocalisation: [0], noRegion: [1] });
  });

  it('by quantus is what Quantus gives for one sample', async () => {
    const { samples, asked } = goldenMaps();
    const found = await scoreRegions(asked, { definition: 'quantus' }, attributionLocalisation);
    // Both are float64 sums of 24 values, in another order: a few times 2⁻⁵³.
    const wanted = (name: string) => samples.map(({ scores }) => scores[name]);
    expect(farthest(found.attributionLocalisation, wanted('attributionLocalisation'))).toBeLessThan(2e-15);
    expect(farthest(found.weightedLocalisation, wanted('weightedLocalisation'))).toBeLessThan(2e-15);
    // Of positive values Quantus's 10⁻⁹ is a share of the largest magnitude, ours of the largest value, which is no larger.
    const positive = await scoreRegions(asked, { definition: 'quantus', values: 'positive' }, attributionLocalisation);
    expect(farthest(positive.attributionLocalisation, wanted('positiveLocalisation'))).toBeLessThan(1e-9);
  });

  it('is no less than Quantus’s by the paper, but for the 10⁻⁹, and weighs the other way', async () => {
    const { samples, asked } = goldenMaps();
    const found = await scoreRegions(asked, {}, attributionLocalisation);
    const wanted = samples.map(({ scores }) => scores.positiveLocalisation);
    expect(farthest(found.attributionLocalisation, wanted)).toBeLessThan(1e-9);
    const quantus = await scoreRegions(asked, { definition: 'quantus', values: 'positive' }, attributionLocalisation);
    const shares = samples.map(({ region: own }) => own.reduce((sum, inside) => sum + inside, 0) / own.length);
    const turned = quantus.weightedLocalisation?.map((weighted, at) => weighted / (shares[at] ?? NaN) ** 2);
    expect(farthest(found.weightedLocalisation, turned ?? [])).toBeLessThan(1e-8);
  });
});

describe('focus', () => {
  it('is the share of the positive mass in the quadrants of the class, as Quantus gives it but for its 10⁻⁹', async () => {
    const { samples, asked } = goldenMaps();
    const [height = 0, width = 0] = quantusLocalisation.shape;
    const regions = samples.map(({ quadrants }) =>
      Array.from({ length: height * width }, (_, at) => {
        const lower = Math.floor(at / width) >= height / 2;
        const right = at % width >= width / 2;
        return quadrants[2 * Number(lower) + Number(right)] ?? NaN;
      }),
    );
    const found = await scoreRegions({ ...asked, regions }, {}, focus);
    const wanted = samples.map(({ focus: score }) => score);
    expect(farthest(found.focus, wanted)).toBeLessThan(1e-9);
    expect(found.regionArea).toEqual(samples.map(() => 1 / 2));
    expect(found.noMass).toEqual(samples.map(({ name }) => (['negative', 'zero'].includes(name) ? 1 : 0)));
  });
});
