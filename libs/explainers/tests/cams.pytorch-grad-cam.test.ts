import type { Engine } from '@xaigrid/engine';
import { sizeOf } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainer } from '../src/index.js';
import { camGoldens, largestOf, layerOf, resized } from './cam-goldens.js';
import { explainOnce, largestDifference } from './sample-model.js';

const { classes, networks } = camGoldens('pytorch-grad-cam');

/** What the library adds to denominators. */
const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'grad-cam-plus-plus': { epsilon: 1e-6 },
  'xgrad-cam': { epsilon: 1e-7 },
  'eigen-cam': { centred: true },
};
/**
 * The library's maps may be the negative of ours: singular vectors have no sign, and Ablation-CAM divides by a logit, which may be
 * negative.
 */
const unsigned = new Set(['eigen-cam', 'eigen-grad-cam', 'ablation-cam']);
/** The library keeps the scores of Ablation-CAM in float32, of which it takes differences; a component is ill-conditioned. */
const loose = new Set(['ablation-cam', 'eigen-cam']);
/** The sign with which `values` agree with `others`. */
const signOf = (values: ArrayLike<number>, others: Float32Array): number =>
  Math.sign(others.reduce((sum, other, at) => sum + other * (values[at] ?? NaN), 0));

describe.each(networks)('of the $name', ({ inputs, cases, open }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.close());
  const positions = inputs.shape.slice(1, -1);
  const explain = async (method: string, params: object) =>
    (await explainOnce(explainer(method), { engine, params }, { inputs, classes })).maps.data;

  describe.each(cases)('$method of $target at $layer', ({ method, target, layer, layerMaps, maps, params }) => {
    const asked = () => ({
      ...settings[method],
      ...params,
      ...(method === 'eigen-cam' ? {} : { target }),
      layer: layerOf(engine, layer),
    });
    const size = sizeOf(positions);
    /** 1 or −1 for each sample. */
    const signs = async (wanted: Float32Array) => {
      const found = await explain(method, { ...asked(), relu: false });
      return Array.from(classes, (_, sample) => {
        const own = (values: Float32Array) => values.subarray(sample * size, (sample + 1) * size);
        return unsigned.has(method) ? signOf(own(found), own(wanted)) : 1;
      });
    };

    it('is that of pytorch-grad-cam 1.5.7, with its sign', async () => {
      const wanted = resized(layerMaps, positions);
      expect(largestOf(wanted)).toBeGreaterThan(1e-3);
      const sign = await signs(wanted);
      for (const [at, value] of wanted.entries()) wanted[at] = value * (sign[Math.floor(at / size)] ?? NaN);
      const found = await explain(method, { ...asked(), relu: false });
      // float32 against float64: activations and gradients are sums of some dozens of products.
      expect(largestDifference(found, wanted) / largestOf(wanted)).toBeLessThan(loose.has(method) ? 3e-6 : 1e-6);
    });

    it('is what its call returns, cut off and scaled', async () => {
      const found = await explain(method, { ...asked(), relu: true, scaled: true });
      const sign = await signs(resized(layerMaps, positions));
      const wanted = maps?.data ?? new Float32Array();
      for (const [sample, one] of sign.entries()) {
        if (one < 0) continue;
        const own = (values: Float32Array) => values.subarray(sample * size, (sample + 1) * size);
        // The library adds 1e-7 to the largest value before it divides, twice; maps whose largest value is 1e-3 notice.
        expect(largestDifference(own(found), own(wanted))).toBeLessThan(1e-4);
      }
    });
  });
});
