import { describe, expect, it } from 'vitest';
import { scoreCam } from '../src/score-cam.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const add = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('Score-CAM', () => {
  it('weights feature maps by what the class gains from them as masks, worked out in float64', async () => {
    const inputShape = [4, 6, 3];
    const model = sampleModel(inputShape);
    const engine = closedFormEngine(model);
    const inputs = sampleInputs(inputShape, 2);
    const classes = Int32Array.of(0, 2);
    const { maps, degenerate } = await explainOnce(scoreCam, { engine }, { inputs, classes });
    expect(maps.shape).toEqual([2, 4, 6]);
    expect(degenerate).toEqual([false, false]);
    for (const [sample, c] of classes.entries()) {
      const x = mapOf(inputs, sample);
      const output = async (values: readonly number[]) =>
        (await engine.predict({ shape: [1, ...inputShape], data: Float32Array.from(values) })).data[c] ?? NaN;
      const empty = await output(x.map(() => 0));
      const features = [0, 1, 2, 3].map((k) =>
        Array.from({ length: 24 }, (_, t) => add([0, 1, 2].map((i) => (x[3 * t + i] ?? NaN) * (model.mix[i]?.[k] ?? NaN)))),
      );
      const gains = await Promise.all(
        features.map(async (map) => {
          const [low, high] = [Math.min(...map), Math.max(...map)];
          return (
            (await output(x.map((value, i) => (value * ((map[Math.floor(i / 3)] ?? NaN) - low)) / (high - low + 1e-6)))) - empty
          );
        }),
      );
      const wanted = Array.from({ length: 24 }, (_, t) =>
        Math.max(0, add(features.map((map, k) => (gains[k] ?? NaN) * (map[t] ?? NaN)))),
      );
      expect(Math.max(...wanted)).toBeGreaterThan(0.01);
      // float32 masks, outputs and activations of size about 1.
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(2e-6);
    }
  });

  it('takes the last convolution by default and complains of layers that do not do', () => {
    const { model } = closedFormEngine(sampleModel([8, 2]));
    expect(scoreCam.plannedParams(scoreCam.params.parse({}), model)).toEqual({ layer: 'features' });
    expect(() => {
      scoreCam.validate(scoreCam.params.parse({ layer: 'head' }), model);
    }).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
  });
});
