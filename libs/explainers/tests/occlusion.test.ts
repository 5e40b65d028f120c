import { describe, expect, it } from 'vitest';
import { occlusion } from '../src/occlusion.js';
import { closedFormEngine } from './closed-form-engine.js';
import { itGivesMapsOfLibrary } from './parity-networks.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('occlusion', () => {
  it.each([
    { inputShape: [8, 2], params: { window: [3], stride: [2] }, window: [1, 3], stride: [1, 2] },
    { inputShape: [8, 2], params: {}, window: [1, 1], stride: [1, 1] },
    { inputShape: [6, 7, 3], params: { window: [2, 3], stride: [1, 2], baseline: -0.5 }, window: [2, 3], stride: [1, 2] },
    { inputShape: [6, 8, 1], params: { window: [4, 3] }, window: [4, 3], stride: [4, 3] },
    { inputShape: [10, 17, 1], params: {}, window: [2, 3], stride: [2, 3] },
  ])('of $inputShape with $params is the mean loss over covering windows, by brute force', async (given) => {
    const { inputShape, params } = given;
    const engine = closedFormEngine(sampleModel(inputShape));
    const inputs = sampleInputs(inputShape, 3);
    const classes = Int32Array.of(0, 2, 1);
    const { maps } = await explainOnce(occlusion, { engine, params }, { inputs, classes });
    expect(maps.shape).toEqual([3, ...inputShape.slice(0, -1)]);
    const [height, width] = inputShape.length === 2 ? [1, inputShape[0] ?? 0] : [inputShape[0] ?? 0, inputShape[1] ?? 0];
    const channels = inputShape.at(-1) ?? 1;
    const baseline = 'baseline' in params ? params.baseline : 0;
    for (const [sample, c] of classes.entries()) {
      const x = mapOf(inputs, sample);
      const output = async (values: readonly number[]) =>
        (await engine.predict({ shape: [1, ...inputShape], data: Float32Array.from(values) })).data[c] ?? NaN;
      const whole = await output(x);
      const sums = new Array<number>(height * width).fill(0);
      const counts = new Array<number>(height * width).fill(0);
      // Every window that starts where another one is still needed to reach the border.
      const starts = (length: number, size = 1, step = 1) =>
        range(length).filter((s) => s % step === 0 && (s === 0 || s - step + size < length));
      for (const top of starts(height, given.window[0], given.stride[0])) {
        for (const left of starts(width, given.window[1], given.stride[1])) {
          const inside = (at: number) => {
            const [row, column] = [Math.floor(at / width), at % width];
            return row >= top && row < top + (given.window[0] ?? 1) && column >= left && column < left + (given.window[1] ?? 1);
          };
          const loss = whole - (await output(x.map((value, i) => (inside(Math.floor(i / channels)) ? baseline : value))));
          for (const at of range(height * width).filter(inside)) {
            sums[at] = (sums[at] ?? 0) + loss;
            counts[at] = (counts[at] ?? 0) + 1;
          }
        }
      }
      expect(Math.min(...counts)).toBeGreaterThan(0);
      // One rounding to float32 of numbers below 1.
      const wanted = sums.map((sum, at) => sum / (counts[at] ?? NaN));
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(1e-7);
    }
  });

  it('refuses windows that do not fit and strides that leave gaps', () => {
    const { model } = closedFormEngine(sampleModel([8, 2]));
    const validate = (params: unknown) => () => {
      occlusion.validate(occlusion.params.parse(params), model);
    };
    expect(validate({ window: [3, 3] })).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    expect(validate({ window: [9] })).toThrow('a window of [9] does not fit positions of [8]');
    expect(validate({ window: [2], stride: [3] })).toThrow('a stride of 3 leaves gaps between windows of 2');
  });
});

describe('occlusion of Captum, with every baseline', () => {
  // Captum's network is in float64, ours in float32: the rounding of probabilities through several layers.
  itGivesMapsOfLibrary('captum/occlusion.json', occlusion, 1e-6);

  it('has the key of before for a number', () => {
    const { model } = closedFormEngine(sampleModel([8, 2]));
    const planned = (params: unknown) => occlusion.plannedParams(occlusion.params.parse(params), model);
    expect(planned({ baseline: 0.5 })).toEqual({ window: [1], stride: [1], baseline: 0.5 });
    expect(planned({ baseline: { blur: 2 } })).toEqual({ window: [1], stride: [1], baseline: { blur: 2 } });
  });
});
