import { extremesOf, rowsOf, type Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { integratedGradients } from '../src/integrated-gradients.js';
import { closedFormEngine } from './closed-form-engine.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const engine = closedFormEngine(sampleModel([4, 2]));
const request = { inputs: sampleInputs([4, 2], 3), classes: Int32Array.of(2, 0, 1) };

describe('integrated gradients', () => {
  it.each([0, -0.5])('add up to the difference from the reference %d, with the error of the midpoint rule', async (reference) => {
    const errors = async (steps: number) =>
      (await explainOnce(integratedGradients, { engine, params: { steps, reference } }, request)).diagnostics.additivityError ??
      [];
    const [coarse, fine] = [await errors(10), await errors(100)];
    for (const sample of [0, 1, 2]) {
      // The rule's error falls with the square of the steps, by 100, down to float32 rounding.
      expect(fine[sample]).toBeLessThan((coarse[sample] ?? NaN) / 90 + 1e-6);
      expect(fine[sample]).toBeLessThan(1e-4);
    }
  });

  it('are zero at the reference itself, which is flagged', async () => {
    const inputs = { shape: [1, 4, 2], data: new Float32Array(8).fill(0.25) };
    const explained = await explainOnce(
      integratedGradients,
      { engine, params: { reference: 0.25 } },
      { inputs, classes: Int32Array.of(1) },
    );
    expect([...explained.maps.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(explained.degenerate).toEqual([true]);
  });
});

const linear = sampleModel([4, 2], 'linear');
const background = backgroundOf(sampleInputs([4, 2], 6));
const rules = ['midpoint', 'trapezoid', 'gauss-legendre'] as const;
const starts = [
  0.3,
  'mean',
  'minimum',
  'background-mean',
  'background',
  { blur: 1.5 },
  { uniform: 3 },
  [0, 1, 'mean', { uniform: 2 }],
] as const;

describe('the start and the rule of integrated gradients', () => {
  it.each(rules)('of a linear model without bias are x·w exactly, whatever the rule: %s', async (rule) => {
    const on = { engine: closedFormEngine(linear), params: { rule, steps: 4 } };
    const { maps, diagnostics } = await explainOnce(integratedGradients, on, request);
    const [found] = await on.engine.gradient({ ...request, wrt: 'input' });
    const wanted = request.inputs.data.map((x, at) => x * (found?.gradient.data[at] ?? NaN));
    // Weights are rounded to float32 once, products once; values below 4.
    expect(largestDifference(maps.data, wanted)).toBeLessThan(2e-6);
    for (const error of diagnostics.additivityError ?? [NaN]) expect(error).toBeLessThan(5e-6);
  });

  it.each(starts.map((baseline) => ({ baseline })))('add up to the change from $baseline', async ({ baseline }) => {
    const found = await explainOnce(
      integratedGradients,
      { engine, background, params: { baseline, rule: 'gauss-legendre', steps: 20 } },
      request,
    );
    // Twenty points integrate softmax of eight numbers to rounding; sums of eight float32 values.
    for (const error of found.diagnostics.additivityError ?? [NaN]) expect(error).toBeLessThan(1e-6);
  });

  it('are the mean of the maps of each start', async () => {
    const explain = async (params: object, samples = background) =>
      (await explainOnce(integratedGradients, { engine, background: samples, params: { steps: 5, ...params } }, request)).maps
        .data;
    const size = 8;
    const alone = await Promise.all(
      Array.from({ length: 6 }, async (_, row) => {
        const reference = await background.load();
        return explain({ baseline: 'background' }, backgroundOf(rowsOf(reference, row, row + 1)));
      }),
    );
    const means = alone[0]?.map((_, at) => alone.reduce((sum, map) => sum + (map[at] ?? NaN), 0) / 6) ?? [];
    expect(largestDifference(await explain({ baseline: 'background' }), means)).toBeLessThan(1e-7);
    const [low, high] = [await explain({ reference: -1 }), await explain({ baseline: 1 })];
    const both = low.map((value, at) => (value + (high[at] ?? NaN)) / 2);
    expect(largestDifference(await explain({ baseline: [-1, 1] }), both)).toBeLessThan(1e-7);
    expect(both).toHaveLength(3 * size);
  });

  it('start from the mean of each channel of the sample itself', async () => {
    const { maps } = await explainOnce(
      integratedGradients,
      { engine: closedFormEngine(linear), params: { baseline: 'mean' } },
      request,
    );
    const [found] = await closedFormEngine(linear).gradient({ ...request, wrt: 'input' });
    for (const sample of [0, 1, 2]) {
      const x = mapOf(request.inputs, sample);
      const mean = (at: number) => x.filter((_, other) => other % 2 === at % 2).reduce((a, b) => a + b) / 4;
      const wanted = x.map((value, at) => (value - mean(at)) * (found?.gradient.data[sample * 8 + at] ?? NaN));
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(2e-6);
    }
  });

  it('draw uniform starts by seed and sample index, within the range of the sample', async () => {
    const asked: Tensor[] = [];
    const watched = {
      ...engine,
      expectedGradients: (references: Tensor) => {
        asked.push(references);
        return engine.expectedGradients(references);
      },
    };
    const explain = (sampleIndices: Int32Array<ArrayBuffer>) =>
      explainOnce(
        integratedGradients,
        { engine: watched, params: { baseline: { uniform: 50 }, steps: 1 } },
        { ...request, sampleIndices },
      );
    const first = await explain(Int32Array.of(4, 5, 6));
    const moved = await explain(Int32Array.of(9, 5, 6));
    expect(mapOf(moved.maps, 1)).toEqual(mapOf(first.maps, 1));
    expect(mapOf(moved.maps, 0)).not.toEqual(mapOf(first.maps, 0));
    const drawn = rowsOf(asked[0] ?? request.inputs, 0, 50).data;
    const { min, max } = extremesOf(rowsOf(request.inputs, 0, 1).data);
    const of = extremesOf(drawn);
    // 400 uniform numbers leave out 2 % at an end once in three thousand.
    expect(of.min - min).toBeGreaterThanOrEqual(0);
    expect((of.min - min) / (max - min)).toBeLessThan(0.02);
    expect((max - of.max) / (max - min)).toBeLessThan(0.02);
  });

  it('keep the key that maps had before there was a choice', () => {
    const planned = (params: object) => integratedGradients.plannedParams(integratedGradients.params.parse(params), engine.model);
    expect(planned({})).toEqual({ steps: 50, reference: 0 });
    expect(planned({ baseline: 0.5 })).toEqual({ steps: 50, reference: 0.5 });
    expect(planned({ baseline: 'mean', rule: 'trapezoid' })).toEqual({ steps: 50, baseline: 'mean', rule: 'trapezoid' });
  });

  it('are refused where they mean nothing', () => {
    const validate = (params: object, inputShape = [4, 2]) => {
      integratedGradients.validate(integratedGradients.params.parse(params), { ...engine.model, inputShape });
    };
    expect(() => {
      validate({ reference: 1, baseline: 'mean' });
    }).toThrow('integrated-gradients: reference 1 is the start of no path');
    expect(() => {
      validate({ baseline: { blur: 2 } }, [8]);
    }).toThrow('the baseline blur is made over the positions of a sample, and the features of a table are none');
    expect(() => {
      validate({ baseline: 'minimum' }, [8]);
    }).not.toThrow();
  });
});
