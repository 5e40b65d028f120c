import { describe, expect, it } from 'vitest';
import { shapDeep } from '../src/shap-deep.js';
import { closedFormEngine } from './closed-form-engine.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

describe('Deep SHAP', () => {
  it('of a linear model is weight times distance from the mean reference, with channels, and adds up', async () => {
    const model = sampleModel([4, 2], 'linear');
    const inputs = sampleInputs([4, 2], 3);
    const classes = Int32Array.of(0, 1, 2);
    const references = sampleInputs([4, 2], 5);
    const { maps, diagnostics, degenerate } = await explainOnce(
      shapDeep,
      { engine: closedFormEngine(model), background: backgroundOf(references) },
      { inputs, classes },
    );
    expect(maps.shape).toEqual([3, 4, 2]);
    expect(degenerate).toEqual([false, false, false]);
    for (const [sample, c] of classes.entries()) {
      const closedForm = Array.from({ length: 8 }, (_, value) => {
        const [t, i] = [Math.floor(value / 2), value % 2];
        const weight = [0, 1, 2, 3].reduce((sum, k) => sum + (model.mix[i]?.[k] ?? NaN) * (model.head[t]?.[k]?.[c] ?? NaN), 0);
        const mean = [0, 1, 2, 3, 4].reduce((sum, r) => sum + (references.data[r * 8 + value] ?? NaN), 0) / 5;
        return weight * ((inputs.data[sample * 8 + value] ?? NaN) - mean);
      });
      // One rounding to float32 of values below 8.
      expect(largestDifference(mapOf(maps, sample), closedForm)).toBeLessThan(5e-7);
    }
    // Eight float32 roundings.
    for (const error of diagnostics.additivityError ?? [NaN]) expect(error).toBeLessThan(4e-6);
  });

  it('reports how far attributions are from adding up', async () => {
    const model = sampleModel([4, 2]);
    const engine = closedFormEngine(model);
    const inputs = sampleInputs([4, 2], 1);
    const references = { shape: [1, 4, 2], data: new Float32Array(8) };
    const { maps, diagnostics } = await explainOnce(
      shapDeep,
      { engine, background: backgroundOf(references) },
      { inputs, classes: Int32Array.of(1) },
    );
    // Gradient times difference is not DeepLIFT for a softmax, so the closed-form engine must be found out here.
    const [whole, empty] = [await engine.predict(inputs), await engine.predict(references)];
    const difference = (whole.data[1] ?? NaN) - (empty.data[1] ?? NaN);
    const error = Math.abs(mapOf(maps, 0).reduce((sum, value) => sum + value, 0) - difference);
    expect(error).toBeGreaterThan(0.001);
    expect(diagnostics.additivityError?.[0]).toBeCloseTo(error, 6);
  });

  it('flags the zero map of a sample that equals its only reference', async () => {
    const inputs = sampleInputs([4, 2], 1);
    const { degenerate } = await explainOnce(
      shapDeep,
      { engine: closedFormEngine(sampleModel([4, 2], 'linear')), background: backgroundOf(inputs) },
      { inputs, classes: Int32Array.of(0) },
    );
    expect(degenerate).toEqual([true]);
  });

  it('names the sample whose map is not finite, and wants a background', async () => {
    const engine = closedFormEngine(sampleModel([4, 2], 'linear'));
    const inputs = sampleInputs([4, 2], 2);
    inputs.data[9] = Infinity;
    const request = { inputs, classes: Int32Array.of(0, 0), sampleIndices: Int32Array.of(7, 9) };
    await expect(
      explainOnce(shapDeep, { engine, background: backgroundOf(sampleInputs([4, 2], 2)) }, request),
    ).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('sample 9') as string,
    });
    await expect(explainOnce(shapDeep, { engine }, request)).rejects.toMatchObject({ code: 'SPEC_INVALID' });
  });
});
