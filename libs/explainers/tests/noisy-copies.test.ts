import { extremesOf, rowsOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { smoothGrad } from '../src/smooth-grad.js';
import { squareGrad } from '../src/square-grad.js';
import { varGrad } from '../src/var-grad.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const inputs = sampleInputs([4, 2], 2);
const request = { inputs, classes: Int32Array.of(0, 2) };
const linear = closedFormEngine(sampleModel([4, 2], 'linear'));
const softmax = closedFormEngine(sampleModel([4, 2]));
/** F = Σ 3xᵢ²/2 for every class, so that the gradient is 3x. */
const quadratic: typeof linear = {
  ...linear,
  gradient: ({ inputs: x }) =>
    Promise.resolve([{ of: 'input', activations: x, gradient: { ...x, data: x.data.map((value) => 3 * value) } }]),
};
const deviations = [0, 1].map((sample) => {
  const { min, max } = extremesOf(rowsOf(inputs, sample, sample + 1).data);
  return 0.2 * (max - min);
});

describe('methods over noisy copies', () => {
  it('of a linear model are the squared gradient, and no variance', async () => {
    const [found] = await linear.gradient({ ...request, wrt: 'input' });
    const squares = await explainOnce(squareGrad, { engine: linear, params: { draws: 7 } }, request);
    expect(largestDifference(squares.maps.data, found?.gradient.data.map((g) => g * g) ?? [])).toBeLessThan(1e-6);
    const variances = await explainOnce(varGrad, { engine: linear, params: { draws: 7 } }, request);
    // Float64 sums of equal numbers below 4.
    expect(Math.max(...variances.maps.data)).toBeLessThan(1e-14);
  });

  it('of a quadratic model have the variance of its noise', async () => {
    const draws = 20_000;
    const { maps } = await explainOnce(varGrad, { engine: quadratic, params: { draws, noise: 0.2 } }, request);
    for (const [sample, deviation] of deviations.entries()) {
      for (const value of mapOf(maps, sample)) {
        const wanted = 9 * deviation ** 2;
        // Five standard errors of a variance: √(2/draws) each.
        expect(Math.abs(value / wanted - 1)).toBeLessThan(5 * Math.sqrt(2 / draws));
      }
    }
  });

  it.each(['gradient', 'input-x-gradient', 'integrated-gradients'] as const)(
    'agree: the square is the variance plus the squared mean of %s',
    async (of) => {
      const params = { draws: 9, of, ...(of === 'integrated-gradients' ? { steps: 3, reference: 0.1 } : {}) };
      const explain = async (method: Parameters<typeof explainOnce>[0], own: object = {}) =>
        (await explainOnce(method, { engine: softmax, params: { ...params, ...own } }, request)).maps.data;
      const mean = await explain(smoothGrad, { absolute: false });
      const variance = await explain(varGrad);
      const square = await explain(squareGrad);
      const sum = variance.map((value, at) => value + (mean[at] ?? NaN) ** 2);
      expect(Math.max(...square)).toBeGreaterThan(1e-3);
      expect(largestDifference(square, sum)).toBeLessThan(1e-7 * Math.max(1, ...square));
    },
  );

  it('take the maps of the copies themselves', async () => {
    const params = { draws: 1, noise: 0, absolute: false } as const;
    const products = await explainOnce(smoothGrad, { engine: softmax, params: { ...params, of: 'input-x-gradient' } }, request);
    const [found] = await softmax.gradient({ ...request, wrt: 'input' });
    const wanted = inputs.data.map((x, at) => x * (found?.gradient.data[at] ?? NaN));
    expect(largestDifference(products.maps.data, wanted)).toBeLessThan(1e-7);
  });

  it('may add up sizes: never less than the size of the sum', async () => {
    const explain = async (absoluteOf: string) =>
      (await explainOnce(smoothGrad, { engine: softmax, params: { draws: 20, noise: 1, absoluteOf } }, request)).maps.data;
    const [ofMean, ofDraws] = [await explain('mean'), await explain('draws')];
    expect(ofDraws.every((value, at) => value >= (ofMean[at] ?? NaN) - 1e-7)).toBe(true);
    expect(largestDifference(ofDraws, ofMean)).toBeGreaterThan(1e-3);
  });

  it('keep the key of SmoothGrad, and refuse what would mean nothing', () => {
    const parse = (params: object) => smoothGrad.params.parse(params);
    expect(smoothGrad.plannedParams(parse({}), softmax.model)).toEqual({ draws: 50, noise: 0.15, absolute: true });
    expect(squareGrad.plannedParams(squareGrad.params.parse({ of: 'integrated-gradients' }), softmax.model)).toEqual({
      ...{ draws: 50, noise: 0.15, of: 'integrated-gradients', steps: 50, reference: 0 },
    });
    expect(() => {
      smoothGrad.validate(parse({ steps: 4 }), softmax.model);
    }).toThrow('smooth-grad: steps belongs to a path, and gradient has none.');
    expect(() => {
      smoothGrad.validate(parse({ absolute: false, absoluteOf: 'draws' }), softmax.model);
    }).toThrow('smooth-grad: absoluteOf: draws takes the sizes that absolute: false does not want.');
  });
});
