import { sampleRandom } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { shapKernel } from '../src/shap-kernel.js';
import { chooseCoalitions } from '../src/shap-kernel/coalitions.js';
import { closedFormEngine } from './closed-form-engine.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';
import { factorial, range, shapleyValues } from './shapley-values.js';

describe('Kernel SHAP', () => {
  it.each([
    { inputShape: [6, 2], params: {}, featureOf: (value: number) => Math.floor(value / 2), features: 6 },
    { inputShape: [8, 1], params: { cell: [3] }, featureOf: (value: number) => Math.floor(value / 3), features: 3 },
    {
      inputShape: [4, 6, 3],
      params: { cell: [2, 4] },
      featureOf: (value: number) => 2 * Math.floor(value / 36) + Math.floor((Math.floor(value / 3) % 6) / 4),
      features: 4,
    },
  ])('gives the Shapley values of $inputShape with $params', async ({ inputShape, params, featureOf, features }) => {
    const engine = closedFormEngine(sampleModel(inputShape));
    const inputs = sampleInputs(inputShape, 2);
    const classes = Int32Array.of(1, 2);
    const references = sampleInputs(inputShape, 5);
    const background = { shape: [3, ...inputShape], data: references.data.slice((2 * references.data.length) / 5) };
    const { maps } = await explainOnce(shapKernel, { engine, params, background: backgroundOf(background) }, { inputs, classes });
    expect(maps.shape).toEqual([2, ...inputShape.slice(0, -1)]);
    const channels = inputShape.at(-1) ?? 1;
    for (const [sample, c] of classes.entries()) {
      const rows = range(3).map((r) => mapOf(background, r));
      const phi = await shapleyValues(engine, mapOf(inputs, sample), rows, c, featureOf, features);
      const wanted = mapOf(maps, sample).map((_, position) => phi[featureOf(position * channels)] ?? NaN);
      // Outputs are float32 numbers below 1; the regression averages their rounding.
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(1e-6);
    }
  });

  it('comes near them with a part of the coalitions, adds up all the same, and depends on seed and sample only', async () => {
    const engine = closedFormEngine(sampleModel([12, 1]));
    const inputs = sampleInputs([12, 1], 2);
    const background = { shape: [1, 12, 1], data: new Float32Array(12).fill(0.1) };
    const explain = (params: unknown, seed = 0, sampleIndices = Int32Array.of(3, 8)) =>
      explainOnce(
        shapKernel,
        { engine, params, seed, background: backgroundOf(background) },
        { inputs, classes: Int32Array.of(1, 2), sampleIndices },
      );
    const exact = await explain({ coalitions: 4094 });
    const some = await explain({ coalitions: 600 });
    const [size, error] = [Math.max(...exact.maps.data.map(Math.abs)), largestDifference(some.maps.data, exact.maps.data)];
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(0.1 * size);
    const outputs = await engine.predict(inputs);
    const empty = await engine.predict(background);
    for (const [sample, c] of [1, 2].entries()) {
      const sum = mapOf(some.maps, sample).reduce((a, b) => a + b, 0);
      // Twelve roundings to float32.
      expect(sum).toBeCloseTo((outputs.data[sample * 3 + c] ?? NaN) - (empty.data[c] ?? NaN), 6);
    }
    expect((await explain({ coalitions: 600 }, 1)).maps.data).not.toEqual(some.maps.data);
    expect(mapOf((await explain({ coalitions: 600 }, 0, Int32Array.of(9, 8))).maps, 1)).toEqual(mapOf(some.maps, 1));
  });

  it('refuses what cannot be computed before anything is', () => {
    const { model } = closedFormEngine(sampleModel([8, 2]));
    const validate =
      (params: unknown, inputShape: readonly number[] = [8, 2]) =>
      () => {
        shapKernel.validate(shapKernel.params.parse(params), { ...model, inputShape });
      };
    expect(validate({ cell: [2, 2] })).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    expect(validate({ coalitions: 15 })).toThrow('8 features need at least 16 coalitions');
    expect(validate({}, [224, 224, 3])).toThrow('make 50176 features; at most 1024');
    expect(validate({ cell: [16, 16] }, [224, 224, 3])).not.toThrow();
  });
});

describe('the coalitions', () => {
  it('are all of them with the weights of the Shapley kernel, where they fit', () => {
    const { members, weights } = chooseCoalitions(5, 30, sampleRandom(0, 0, 0));
    expect(new Set(members.map((set) => set.join(''))).size).toBe(30);
    for (const [j, set] of members.entries()) {
      const s = set.reduce((a, b) => a + b, 0);
      const choose = factorial(5) / factorial(s) / factorial(5 - s);
      expect(weights[j]).toBeCloseTo(4 / (choose * s * (5 - s)), 14);
    }
  });

  it('are else the outer sizes whole and pairs drawn from the others, with their weight', () => {
    const { members, weights } = chooseCoalitions(9, 60, sampleRandom(0, 0, 0));
    expect(members).toHaveLength(60);
    const sizes = members.map((set) => set.reduce((a, b) => a + b, 0));
    expect(sizes.filter((s) => s === 1 || s === 8)).toHaveLength(18);
    // Sizes 2 and 7 would be 72 more: they are drawn, as 3 … 6 are.
    const inner = weights.filter((_, j) => (sizes[j] ?? 0) > 1 && (sizes[j] ?? 0) < 8).reduce((a, b) => a + b, 0);
    const wanted = [2, 3, 4, 5, 6, 7].reduce((sum, s) => sum + 8 / (s * (9 - s)), 0);
    expect(inner).toBeCloseTo(wanted, 12);
    const keys = new Set(members.map((set) => set.join('')));
    for (const set of members) expect(keys).toContain(set.map((member) => 1 - member).join(''));
  });
});
