import { describe, expect, it } from 'vitest';
import { exactShapley } from '../src/exact-shapley.js';
import { shapleyValueSampling } from '../src/shapley-value-sampling.js';
import { closedFormEngine } from './closed-form-engine.js';
import { itDrawsBySample } from './draws-by-sample.js';
import { constantBackground, itGivesMapsOfLibrary } from './parity-networks.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const inputShape = [8, 2];
const engine = closedFormEngine(sampleModel(inputShape));
const inputs = sampleInputs(inputShape, 3);
const references = sampleInputs(inputShape, 5);
const background = backgroundOf({ shape: [2, 8, 2], data: references.data.slice(48) });

function explain(params: unknown) {
  const request = { inputs, classes: Int32Array.of(0, 1, 2), sampleIndices: Int32Array.of(7, 8, 9) };
  return explainOnce(shapleyValueSampling, { engine, params, background }, request);
}

describe('Shapley value sampling', () => {
  it('comes near the Shapley values, the nearer the more orders', async () => {
    const classes = Int32Array.of(0, 1, 2);
    const exact = await explainOnce(exactShapley, { engine, params: { cell: [1] }, background }, { inputs, classes });
    const error = async (draws: number) => largestDifference((await explain({ draws, cell: [1] })).maps.data, exact.maps.data);
    const size = Math.max(...exact.maps.data.map(Math.abs));
    // The error of a mean falls with the root of the draws: sixteenth of the variance a quarter, with room.
    expect(await error(3200)).toBeLessThan(0.03 * size);
    expect(await error(3200)).toBeLessThan(0.5 * (await error(50)));
  });

  it('has values that add up to what changes from the references that were drawn', async () => {
    const constant = constantBackground(engine, 0.3);
    const { maps } = await explainOnce(
      shapleyValueSampling,
      { engine, params: { draws: 3, cell: [2] }, background: constant },
      { inputs, classes: Int32Array.of(0, 1, 2) },
    );
    const whole = await engine.predict(inputs);
    const empty = await engine.predict({ shape: [1, 8, 2], data: new Float32Array(16).fill(0.3) });
    for (const sample of range(3)) {
      // Each cell of two positions has its value twice.
      const sum = mapOf(maps, sample).reduce((a, b) => a + b, 0) / 2;
      expect(sum).toBeCloseTo((whole.data[sample * 3 + sample] ?? NaN) - (empty.data[sample] ?? NaN), 6);
    }
  });

  itDrawsBySample(shapleyValueSampling, { params: { draws: 5, superpixels: { by: 'slic', segments: 3 } }, background });
});

describe('Shapley value sampling of Captum, with our orders', () => {
  // Captum's network is in float64, ours in float32: the rounding of probabilities through several layers.
  itGivesMapsOfLibrary('captum/shapley_value_sampling.json', shapleyValueSampling, 1e-6, ({ engine: own }, _, reference) =>
    constantBackground(own, reference),
  );
});
