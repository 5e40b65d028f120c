import { describe, expect, it } from 'vitest';
import { gradient } from '../src/gradient.js';
import { inputXGradient } from '../src/input-x-gradient.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, largestDifference, sampleInputs, sampleModel } from './sample-model.js';

const engine = closedFormEngine(sampleModel([4, 2]));
const inputs = sampleInputs([4, 2], 3);
const classes = Int32Array.of(2, 0, 1);

/** ∂p_c/∂x by central differences on the engine's predictions. */
async function finiteDifferences(): Promise<number[]> {
  const step = 2 ** -6;
  const derivative = async (at: number) => {
    const shifted = async (by: number) => {
      const data = inputs.data.slice();
      data[at] = (data[at] ?? NaN) + by;
      const sample = Math.floor(at / 8);
      return (await engine.predict({ shape: inputs.shape, data })).data[sample * 3 + (classes[sample] ?? 0)] ?? NaN;
    };
    return ((await shifted(step)) - (await shifted(-step))) / (2 * step);
  };
  return Promise.all(Array.from({ length: 24 }, (_, at) => derivative(at)));
}

// Central differences with step 1/64 on float32 outputs: third derivatives · step²/6 and rounding 6e-8/step, below 2e-4.
const TOLERANCE = 2e-4;

describe('the gradient map', () => {
  it('is the size of the derivative of the class output, or the derivative itself', async () => {
    const derivatives = await finiteDifferences();
    const absolute = await explainOnce(gradient, { engine }, { inputs, classes });
    expect(absolute.maps.shape).toEqual([3, 4, 2]);
    expect(largestDifference(absolute.maps.data, derivatives.map(Math.abs))).toBeLessThan(TOLERANCE);
    const signed = await explainOnce(gradient, { engine, params: { absolute: false } }, { inputs, classes });
    expect(largestDifference(signed.maps.data, derivatives)).toBeLessThan(TOLERANCE);
  });
});

describe('input times gradient', () => {
  it('is what it says', async () => {
    const derivatives = await finiteDifferences();
    const { maps } = await explainOnce(inputXGradient, { engine }, { inputs, classes });
    expect(
      largestDifference(
        maps.data,
        derivatives.map((value, i) => value * (inputs.data[i] ?? NaN)),
      ),
    ).toBeLessThan(TOLERANCE);
  });

  it('is degenerate for an input of zeros', async () => {
    const zeros = { shape: [1, 4, 2], data: new Float32Array(8) };
    expect((await explainOnce(inputXGradient, { engine }, { inputs: zeros, classes: Int32Array.of(0) })).degenerate).toEqual([
      true,
    ]);
  });
});
