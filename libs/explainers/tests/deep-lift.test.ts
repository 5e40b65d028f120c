import { describe, expect, it } from 'vitest';
import { deepLift } from '../src/deep-lift.js';
import { shapDeep } from '../src/shap-deep.js';
import { closedFormEngine } from './closed-form-engine.js';
import { backgroundOf, explainOnce, largestDifference, sampleInputs, sampleModel } from './sample-model.js';

const request = { inputs: sampleInputs([4, 2], 3), classes: Int32Array.of(0, 1, 2) };

describe('DeepLIFT', () => {
  it('of a linear model is weight times distance from the constant, and adds up', async () => {
    const engine = closedFormEngine(sampleModel([4, 2], 'linear'));
    const { maps, diagnostics } = await explainOnce(deepLift, { engine, params: { reference: 0.3 } }, request);
    const [found] = await engine.gradient({ ...request, wrt: 'input' });
    const wanted = request.inputs.data.map((x, at) => (x - 0.3) * (found?.gradient.data[at] ?? NaN));
    // One rounding to float32 of values below 8.
    expect(largestDifference(maps.data, wanted)).toBeLessThan(1e-6);
    for (const error of diagnostics.additivityError ?? [NaN]) expect(error).toBeLessThan(4e-6);
  });

  it('is Deep SHAP with one reference', async () => {
    const engine = closedFormEngine(sampleModel([4, 2]));
    const background = backgroundOf({ shape: [1, 4, 2], data: new Float32Array(8).fill(-0.5) });
    const [alone, asShap] = [
      await explainOnce(deepLift, { engine, params: { reference: -0.5, channels: 'sum' } }, request),
      await explainOnce(shapDeep, { engine, background, params: { channels: 'sum' } }, request),
    ];
    expect(alone).toEqual(asShap);
  });
});
