import { describe, expect, it } from 'vitest';
import { exactShapley } from '../src/exact-shapley.js';
import { explainer } from '../src/index.js';
import { shapKernel } from '../src/shap-kernel.js';
import { closedFormEngine } from './closed-form-engine.js';
import { itGivesMapsOfLibrary, othersOf } from './parity-networks.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';
import { range, shapleyValues } from './shapley-values.js';

describe('exact Shapley values', () => {
  it.each([
    { inputShape: [6, 2], params: { cell: [1] }, featureOf: (value: number) => Math.floor(value / 2), features: 6 },
    { inputShape: [6], params: {}, featureOf: (value: number) => value, features: 6 },
    { inputShape: [8, 1], params: { cell: [8] }, featureOf: () => 0, features: 1 },
    {
      inputShape: [4, 6, 3],
      params: { cell: [2, 4] },
      featureOf: (value: number) => 2 * Math.floor(value / 36) + Math.floor((Math.floor(value / 3) % 6) / 4),
      features: 4,
    },
  ])('of $inputShape with $params are those of the definition', async ({ inputShape, params, featureOf, features }) => {
    const engine = closedFormEngine(sampleModel(inputShape));
    const inputs = sampleInputs(inputShape, 2);
    const classes = Int32Array.of(1, 2);
    const references = sampleInputs(inputShape, 5);
    const background = { shape: [3, ...inputShape], data: references.data.slice((2 * references.data.length) / 5) };
    const options = { engine, params, background: backgroundOf(background) };
    const { maps } = await explainOnce(exactShapley, options, { inputs, classes });
    const channels = inputShape.length === 1 ? 1 : (inputShape.at(-1) ?? 1);
    for (const [sample, c] of classes.entries()) {
      const rows = range(3).map((r) => mapOf(background, r));
      const phi = await shapleyValues(engine, mapOf(inputs, sample), rows, c, featureOf, features);
      const wanted = mapOf(maps, sample).map((_, position) => phi[featureOf(position * channels)] ?? NaN);
      // Two orders of adding up float32 outputs, in float64.
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(1e-7);
    }
  });

  it('are what Kernel SHAP gives of all coalitions, of superpixels too', async () => {
    const inputShape = [8, 8, 1];
    const engine = closedFormEngine(sampleModel(inputShape));
    const inputs = sampleInputs(inputShape, 2);
    const background = backgroundOf(sampleInputs(inputShape, 3));
    const params = { superpixels: { by: 'felzenszwalb', minSize: 6 } };
    const explain = (method: string) =>
      explainOnce(explainer(method), { engine, params, background }, { inputs, classes: Int32Array.of(1, 2) });
    const [exact, kernel] = [await explain('exact-shapley'), await explain('shap-kernel')];
    expect(new Set(mapOf(exact.maps, 0)).size).toBeGreaterThan(3);
    expect(largestDifference(exact.maps.data, kernel.maps.data)).toBeLessThan(1e-6);
  });

  it('refuse more than 16 features', () => {
    const validate = (params: unknown, inputShape: readonly number[]) => () => {
      exactShapley.validate(exactShapley.params.parse(params), closedFormEngine(sampleModel(inputShape)).model);
    };
    expect(validate({}, [17])).toThrow(
      'exact-shapley: there are 17 features, and 16 are the most: each one more doubles the passes. Choose a larger "cell"',
    );
    expect(validate({ superpixels: { by: 'slic' } }, [32, 32, 3])).toThrow('there are up to');
    for (const shape of [[16], [100, 2], [31, 45, 3]]) expect(validate({}, shape)).not.toThrow();
  });
});

describe('Shapley values of shap', () => {
  // The same float32 probabilities, added up in float64.
  itGivesMapsOfLibrary('shap/exact.json', exactShapley, 5e-7, othersOf);
  // The regression averages their rounding.
  itGivesMapsOfLibrary('shap/exact.json', shapKernel, 1e-6, othersOf);
});
