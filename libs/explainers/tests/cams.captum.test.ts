import type { Engine } from '@xaigrid/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainer } from '../src/index.js';
import { camGoldens, largestOf, layerOf, resized } from './cam-goldens.js';
import { explainOnce, largestDifference } from './sample-model.js';

const { classes, networks } = camGoldens('captum');

describe.each(networks)('of the $name', ({ inputs, cases, open }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.close());

  it.each(cases)('$method of $target at $layer is that of Captum 0.9.0', async ({ method, target, layer, layerMaps, maps }) => {
    const explain = async (resize: string) => {
      const params = { target, layer: layerOf(engine, layer), relu: false, resize };
      return (await explainOnce(explainer(method), { engine, params }, { inputs, classes })).maps.data;
    };
    const wanted = resized(layerMaps, inputs.shape.slice(1, -1));
    expect(largestOf(wanted)).toBeGreaterThan(1e-3);
    // float32 against float64: activations and gradients are sums of some dozens of products.
    expect(largestDifference(await explain('half-pixel'), wanted) / largestOf(wanted)).toBeLessThan(1e-6);
    // Captum repeats values unless it is told otherwise.
    const repeated = maps?.data ?? [];
    expect(largestDifference(await explain('nearest'), repeated) / largestOf(repeated)).toBeLessThan(1e-6);
  });
});
