import { describe, expect, it } from 'vitest';
import { featurePermutation } from '../src/feature-permutation.js';
import { closedFormEngine } from './closed-form-engine.js';
import { itGivesMapsOfLibrary, nextOf } from './parity-networks.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('feature permutation', () => {
  const inputShape = [6, 2];
  const engine = closedFormEngine(sampleModel(inputShape));
  const inputs = sampleInputs(inputShape, 2);
  const classes = Int32Array.of(0, 2);
  const references = sampleInputs(inputShape, 4);
  const explain = (params: unknown, seed = 0) =>
    explainOnce(featurePermutation, { engine, params, seed, background: backgroundOf(references) }, { inputs, classes });
  const output = async (values: readonly number[], c: number) =>
    (await engine.predict({ shape: [1, ...inputShape], data: Float32Array.from(values) })).data[c] ?? NaN;

  /** The losses of cells of two positions with the values of one reference. */
  async function lossesBy(sample: number, c: number, reference: number): Promise<number[]> {
    const [x, other] = [mapOf(inputs, sample), mapOf(references, reference)];
    const whole = await output(x, c);
    return Promise.all(
      range(6).map(async (position) => {
        const mixed = x.map((value, i) => (Math.floor(i / 4) === Math.floor(position / 2) ? (other[i] ?? NaN) : value));
        return whole - (await output(mixed, c));
      }),
    );
  }

  it('with draws for all references is the mean loss over them, by brute force', async () => {
    const { maps } = await explain({ cell: [2] });
    for (const [sample, c] of classes.entries()) {
      const losses = await Promise.all(range(4).map((reference) => lossesBy(sample, c, reference)));
      const wanted = range(6).map((position) => losses.reduce((sum, of) => sum + (of[position] ?? NaN) / 4, 0));
      // One rounding to float32 of numbers below 1.
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(1e-7);
    }
  });

  it('with fewer takes different references, the same for all features, by seed and sample', async () => {
    const found = await Promise.all(
      range(12).map(async (seed) => {
        const { maps } = await explain({ cell: [2], draws: 1 }, seed);
        const distances = await Promise.all(
          range(4).map(async (reference) => largestDifference(mapOf(maps, 1), await lossesBy(1, 2, reference))),
        );
        return distances.findIndex((distance) => distance < 1e-7);
      }),
    );
    expect(found).not.toContain(-1);
    expect(new Set(found).size).toBeGreaterThan(1);
  });
});

describe('feature permutation of Captum', () => {
  // Captum's network is in float64, ours in float32: the rounding of probabilities through several layers.
  itGivesMapsOfLibrary('captum/feature_permutation.json', featurePermutation, 1e-6, nextOf);
});
