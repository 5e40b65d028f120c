import { describe, expect, it } from 'vitest';
import { exactShapley } from '../src/exact-shapley.js';
import { permutationShap } from '../src/permutation-shap.js';
import { closedFormEngine } from './closed-form-engine.js';
import { itDrawsBySample } from './draws-by-sample.js';
import { itGivesMapsOfLibrary, othersOf } from './parity-networks.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const inputShape = [8, 2];
const inputs = sampleInputs(inputShape, 3);
const references = sampleInputs(inputShape, 5);
const background = backgroundOf({ shape: [2, 8, 2], data: references.data.slice(48) });

describe('permutation SHAP', () => {
  it('has values that add up, and comes nearer to the Shapley values with more orders', async () => {
    const engine = closedFormEngine(sampleModel(inputShape));
    const request = { inputs, classes: Int32Array.of(0, 1, 2) };
    const explain = (draws: number) =>
      explainOnce(permutationShap, { engine, params: { draws, cell: [1] }, background }, request);
    const exact = await explainOnce(exactShapley, { engine, params: { cell: [1] }, background }, request);
    const size = Math.max(...exact.maps.data.map(Math.abs));
    const [few, many] = [await explain(2), await explain(200)];
    expect(largestDifference(many.maps.data, exact.maps.data)).toBeLessThan(0.06 * size);
    expect(largestDifference(many.maps.data, exact.maps.data)).toBeLessThan(
      largestDifference(few.maps.data, exact.maps.data) / 2,
    );
    for (const sample of range(3)) {
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
      // Sums of eight float32 values.
      expect(sum(mapOf(few.maps, sample))).toBeCloseTo(sum(mapOf(exact.maps, sample)), 6);
    }
  });

  it('is exact with one order where features do not interact', async () => {
    const engine = closedFormEngine(sampleModel(inputShape, 'linear'));
    const request = { inputs, classes: Int32Array.of(0, 1, 2) };
    const options = { engine, background };
    const exact = await explainOnce(exactShapley, { ...options, params: { cell: [1] } }, request);
    const { maps } = await explainOnce(permutationShap, { ...options, params: { draws: 1, cell: [1] } }, request);
    // Differences of float32 outputs below 10.
    expect(largestDifference(maps.data, exact.maps.data)).toBeLessThan(5e-6);
  });

  itDrawsBySample(permutationShap, { params: { draws: 1 }, background });
});

describe('PermutationExplainer of shap, with our orders', () => {
  // The same float32 probabilities, added up in float64.
  itGivesMapsOfLibrary('shap/permutation.json', permutationShap, 5e-7, othersOf);
});
