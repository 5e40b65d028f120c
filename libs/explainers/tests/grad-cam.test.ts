import { describe, expect, it } from 'vitest';
import { gradCam } from '../src/grad-cam.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, mapOf, sampleInputs, sampleModel } from './sample-model.js';

describe('Grad-CAM', () => {
  it('is the positive part of the feature maps weighted by their mean gradients', async () => {
    const model = sampleModel([8, 2], 'linear');
    const inputs = sampleInputs([8, 2], 2);
    const { maps, degenerate } = await explainOnce(
      gradCam,
      { engine: closedFormEngine(model) },
      { inputs, classes: Int32Array.of(0, 2) },
    );
    expect(maps.shape).toEqual([2, 8]);
    expect(degenerate).toEqual([false, false]);
    for (const [sample, c] of [0, 2].entries()) {
      const alphas = [0, 1, 2, 3].map((k) => model.head.reduce((sum, features) => sum + (features[k]?.[c] ?? NaN), 0) / 8);
      const x = mapOf(inputs, sample);
      for (const [t, value] of mapOf(maps, sample).entries()) {
        const feature = (k: number) => [0, 1].reduce((sum, i) => sum + (x[2 * t + i] ?? NaN) * (model.mix[i]?.[k] ?? NaN), 0);
        const wanted = Math.max(
          0,
          alphas.reduce((sum, alpha, k) => sum + alpha * feature(k), 0),
        );
        // float32 activations and gradients of size about 1.
        expect(Math.abs(value - wanted)).toBeLessThan(5e-7);
      }
    }
  });

  it('resizes the map of a coarser layer', async () => {
    const { maps } = await explainOnce(
      gradCam,
      { engine: closedFormEngine(sampleModel([8, 2])), params: { layer: 'half' } },
      { inputs: sampleInputs([8, 2], 1), classes: Int32Array.of(0) },
    );
    const map = mapOf(maps, 0);
    expect(map).toHaveLength(8);
    // With half-pixel centres and factor 2 the two outermost positions are the outermost value itself, and inner neighbours
    // lie at a quarter and three quarters: map[1] = ¾a + ¼b, map[2] = ¼a + ¾b.
    const [a = NaN, first = NaN, second = NaN] = map;
    const b = first * 4 - a * 3;
    expect(second).toBeCloseTo((a + 3 * b) / 4, 6);
  });

  it('takes the last convolution by default and complains of layers that do not do', () => {
    const { model } = closedFormEngine(sampleModel([8, 2]));
    const validate = (layer: string) => () => gradCam.validate(gradCam.params.parse({ layer }), model);
    expect(gradCam.plannedParams(gradCam.params.parse({}), model)).toEqual({ layer: 'features' });
    expect(validate('haf')).toThrow('Did you mean "half"?');
    expect(validate('head')).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    expect(() => gradCam.validate(gradCam.params.parse({}), { ...model, layers: [] })).toThrow(
      expect.objectContaining({ code: 'LAYER_NOT_FOUND' }),
    );
  });
});
