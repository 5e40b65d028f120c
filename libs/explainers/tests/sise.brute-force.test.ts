import type { Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { sise } from '../src/sise.js';
import { bruteForceSise, type BruteForceOptions } from './brute-force-sise.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const INPUT_SHAPE = [6, 8, 3];
const defaults: BruteForceOptions = {
  layers: ['features'],
  fusion: 'otsu',
  selection: 'threshold',
  gradientThreshold: 0,
  maskBudget: Infinity,
};

/** Small, so that the softmax does not saturate. */
function smallInputs(count: number, inputShape: readonly number[] = INPUT_SHAPE): Tensor {
  const { shape, data } = sampleInputs(inputShape, count);
  return { shape, data: data.map((value) => value / 16) };
}

const VOLUME_SHAPE = [3, 4, 6, 2];

const cases: readonly (Partial<BruteForceOptions> & { readonly inputShape?: readonly number[] })[] = [
  {},
  { layers: ['half'] },
  { layers: ['features', 'half'] },
  { layers: ['features', 'half'], fusion: 'simple' },
  { gradientThreshold: 0.6 },
  { layers: ['features', 'half'], selection: 'otsu' },
  { maskBudget: 1 },
  { layers: ['features', 'half'], maskBudget: 2, fusion: 'simple' },
  { selection: 'otsu', maskBudget: 1 },
  { layers: ['features', 'half'], inputShape: VOLUME_SHAPE },
];

describe('SISE of images and volumes with channels', () => {
  it.each(cases)('is what the formulas say, worked out in float64: %o', async ({ inputShape = INPUT_SHAPE, ...given }) => {
    const options = { ...defaults, ...given };
    const { maskBudget, ...params } = options;
    // Twelve feature maps: a choice among four would hardly be one.
    const model = sampleModel(inputShape, 'softmax', 12);
    const inputs = smallInputs(3, inputShape);
    const classes = Int32Array.of(0, 2, 1);
    const { maps, diagnostics, degenerate } = await explainOnce(
      sise,
      { engine: closedFormEngine(model), params: { ...params, ...(maskBudget === Infinity ? {} : { maskBudget }) } },
      { inputs, classes },
    );
    expect(maps.shape).toEqual([3, ...inputShape.slice(0, -1)]);
    for (const [sample, c] of classes.entries()) {
      const wanted = bruteForceSise(model, mapOf(inputs, sample), c, options);
      expect(degenerate[sample]).toBe(false);
      expect(diagnostics.keptFeatureMaps?.[sample]).toBe(wanted.kept.flat().length);
      // float32 masks and sums, made larger by scaling V (whose range is a part of its size) and by the step's slope of 25.
      expect(largestDifference(mapOf(maps, sample), wanted.map)).toBeLessThan(5e-5);
    }
  });

  it('chooses between the feature maps in these tests', () => {
    const model = sampleModel(INPUT_SHAPE, 'softmax', 12);
    const x = mapOf(smallInputs(1), 0);
    const kept = (given: Partial<BruteForceOptions>) =>
      bruteForceSise(model, x, 0, { ...defaults, ...given }).kept[0]?.length ?? 0;
    expect(kept({ selection: 'otsu' })).toBeLessThan(kept({}));
    expect(kept({ selection: 'otsu' })).toBeGreaterThan(1);
    expect(kept({ gradientThreshold: 0.6 })).toBeLessThan(kept({}));
  });
});
