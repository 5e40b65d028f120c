import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { explainer } from '../src/index.js';
import { rankedByRegions, regionsOf } from '../src/xrai/regions.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce } from './sample-model.js';

const caseSchema = z.object({
  shape: z.tuple([z.int(), z.int(), z.int()]),
  minSize: z.int(),
  radius: z.int(),
  fewest: z.int(),
  regions: z.int(),
  image: z.array(z.number()),
  attributions: z.array(z.number()),
  map: z.array(z.number()),
});
const golden = z
  .object({ scales: z.array(z.number()), sigma: z.number(), cases: z.array(caseSchema) })
  .parse(JSON.parse(readFileSync(new URL('../../../tests/parity/saliency/xrai.json', import.meta.url), 'utf8')));

describe('regions in order', () => {
  it.each(golden.cases)(
    'of $shape are those of saliency 0.2.1',
    ({ shape, minSize, radius, fewest, regions, image, attributions, map }) => {
      const found = regionsOf(image, shape, { scales: golden.scales, sigma: golden.sigma, minSize, radius });
      expect(found).toHaveLength(regions);
      const [, , channels] = shape;
      const highest = Float64Array.from(map, (_, position) =>
        Math.max(...attributions.slice(position * channels, (position + 1) * channels)),
      );
      // Sums of some hundreds of numbers near 1 in float64, kept up to date here and made anew there.
      for (const [position, value] of rankedByRegions(highest, found, fewest).entries())
        expect(value).toBeCloseTo(map[position] ?? NaN, 10);
    },
  );

  const region = (...positions: number[]): Int32Array<ArrayBuffer> => Int32Array.from(positions);

  it('counts only what a region adds', () => {
    // By itself the second region has a mean of 4; after the first it adds positions of 1.
    const attributions = [9, 9, 1, 1, 0];
    expect([...rankedByRegions(attributions, [region(0, 1), region(0, 2, 3)], 1)]).toEqual([9, 9, 1, 1, 0]);
  });

  it('leaves out a region that would add too little, and gives what is left its own mean', () => {
    expect([...rankedByRegions([9, 8, 1, 3], [region(0, 1), region(1, 2)], 2)]).toEqual([8.5, 8.5, 2, 2]);
  });

  it('takes the first of equal ones, and needs no region', () => {
    expect([...rankedByRegions([1, 1], [region(0), region(1)], 1)]).toEqual([1, 1]);
    expect([...rankedByRegions([1, 3], [], 1)]).toEqual([2, 2]);
  });
});

describe('xrai', () => {
  it('of a linear model gives each region the mean of x ⊙ w − r ⊙ w, the highest channel', async () => {
    const shape = [8, 8, 2];
    const weights = Float64Array.from({ length: 128 }, (_, at) => ((at * 7) % 11) / 11 - 0.3);
    // Two halves: every segmentation finds them.
    const values = Float32Array.from({ length: 128 }, (_, at) => (Math.floor(at / 2) % 8 < 4 ? 0.1 : 0.9));
    const head = Array.from({ length: 64 }, (_, place) => [0, 1].map((channel) => [weights[2 * place + channel] ?? 0, 0]));
    const mix = [
      [1, 0],
      [0, 1],
    ];
    const engine = closedFormEngine({ inputShape: shape, mix, head, output: 'linear' });
    const params = { steps: 4, baseline: 'constant', scales: [50], sigma: 0, minSize: 0.1, growth: 0, fewest: 0 };
    const { maps } = await explainOnce(
      explainer('xrai'),
      { engine, params },
      { inputs: { shape: [1, ...shape], data: values }, classes: Int32Array.of(0) },
    );
    const wanted = [0, 1].map((half) => {
      const highest = Array.from({ length: 64 }, (_, position) =>
        Math.max(...[0, 1].map((channel) => (values[2 * position + channel] ?? 0) * (weights[2 * position + channel] ?? 0))),
      );
      const own = highest.filter((_, position) => (position % 8 < 4 ? 0 : 1) === half);
      return own.reduce((sum, value) => sum + value / own.length, 0);
    });
    expect(maps.shape).toEqual([1, 8, 8]);
    maps.data.forEach((value, position) => expect(value).toBeCloseTo(wanted[position % 8 < 4 ? 0 : 1] ?? NaN, 6));
  });

  it('is for images', () => {
    const method = explainer('xrai');
    const model = { inputShape: [40, 1], classes: 2, layers: [], saliencyLayers: [], weightSteps: [] };
    expect(() => method.validate(method.params.parse({}), model)).toThrow(
      'xrai cuts images into regions, and a sample of this model is [40, 1].',
    );
  });
});
