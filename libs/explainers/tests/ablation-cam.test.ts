import { describe, expect, it } from 'vitest';
import { ablationCam } from '../src/ablation-cam.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const add = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const channels = [0, 1, 2, 3];

/** With an output F = Σ A·head, a feature map's loss is its own share Σ_t A_tk·head_tk: no pass is needed. */
describe('Ablation-CAM', () => {
  it.each([{ inputShape: [8, 2] }, { inputShape: [4, 6, 3] }])(
    'weights feature maps by their share of a linear output over $inputShape',
    async ({ inputShape }) => {
      const model = sampleModel(inputShape, 'linear');
      const inputs = sampleInputs(inputShape, 4);
      const classes = Int32Array.of(0, 2, 1, 0);
      const engine = closedFormEngine(model);
      const { maps } = await explainOnce(ablationCam, { engine, params: { relu: false } }, { inputs, classes });
      const depth = inputShape.at(-1) ?? 0;
      const signs = new Set<number>();
      for (const [sample, c] of classes.entries()) {
        const x = mapOf(inputs, sample);
        const a = model.head.map((_, t) =>
          channels.map((k) =>
            add(Array.from({ length: depth }, (_i, i) => (x[depth * t + i] ?? NaN) * (model.mix[i]?.[k] ?? NaN))),
          ),
        );
        const shares = channels.map((k) => add(a.map((of, t) => (of[k] ?? NaN) * (model.head[t]?.[k]?.[c] ?? NaN))));
        const whole = add(shares);
        signs.add(Math.sign(whole));
        const wanted = a.map((of) => add(of.map((value, k) => ((shares[k] ?? NaN) / Math.abs(whole)) * value)));
        // Outputs in float32, of size about 1, divided by |F|.
        const scale = Math.max(1, ...shares.map(Math.abs)) / Math.abs(whole);
        expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(2e-6 * scale * channels.length);
      }
      // Negative outputs do not turn the map around.
      expect(signs).toEqual(new Set([1, -1]));
    },
  );

  it('is cut off below 0', async () => {
    const engine = closedFormEngine(sampleModel([8, 2]));
    const request = { inputs: sampleInputs([8, 2], 2), classes: Int32Array.of(0, 2) };
    const { maps } = await explainOnce(ablationCam, { engine }, request);
    const { maps: signed } = await explainOnce(ablationCam, { engine, params: { relu: false } }, request);
    expect(Math.min(...signed.data)).toBeLessThan(-0.01);
    expect([...maps.data]).toEqual([...signed.data].map((value) => Math.max(value, 0)));
  });

  it('divides by nothing where the output is 0', async () => {
    const engine = closedFormEngine(sampleModel([8, 2], 'linear'));
    const zeros = { shape: [1, 8, 2], data: new Float32Array(16) };
    const { maps, degenerate } = await explainOnce(ablationCam, { engine }, { inputs: zeros, classes: Int32Array.of(0) });
    expect([...maps.data].every((value) => value === 0)).toBe(true);
    expect(degenerate).toEqual([true]);
  });

  it('takes the last convolution by default and complains of layers that do not do', () => {
    const { model } = closedFormEngine(sampleModel([8, 2]));
    expect(ablationCam.plannedParams(ablationCam.params.parse({}), model)).toEqual({ layer: 'features' });
    expect(() => {
      ablationCam.validate(ablationCam.params.parse({ layer: 'head' }), model);
    }).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
  });
});
