import { describe, expect, it } from 'vitest';
import { integratedGradients } from '../src/integrated-gradients.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, sampleInputs, sampleModel } from './sample-model.js';

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
