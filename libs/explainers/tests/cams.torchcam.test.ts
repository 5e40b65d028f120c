import type { Engine } from '@xaigrid/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainer } from '../src/index.js';
import { camGoldens, largestOf, layerOf, resized } from './cam-goldens.js';
import { explainOnce, largestDifference } from './sample-model.js';

const { classes, networks } = camGoldens('torchcam');
/** The seed of the golden's noise. */
const seed = 7;

describe.each(networks)('of the $name', ({ inputs, cases, open }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.close());

  it.each(cases)(
    '$method of $target at $layer is that of torchcam 0.5.0',
    async ({ method, target, layer, layerMaps, params }) => {
      const wanted = resized(layerMaps, inputs.shape.slice(1, -1));
      expect(largestOf(wanted)).toBeGreaterThan(1e-3);
      const asked = { ...params, target, layer: layerOf(engine, layer) };
      const { maps } = await explainOnce(explainer(method), { engine, seed, params: asked }, { inputs, classes });
      // float32 against float64, sums of some dozens of products. Masks are scaled with 1e-6 in the denominator here, 1e-8 there.
      expect(largestDifference(maps.data, wanted) / largestOf(wanted)).toBeLessThan(1e-6);
    },
  );
});
