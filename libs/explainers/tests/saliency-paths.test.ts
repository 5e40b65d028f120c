import type { Engine } from '@xaigrid/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mapsOf, networkGoldens } from './network-golden.js';
import { largestDifference } from './sample-model.js';

const golden = networkGoldens(
  'saliency/path_methods.json',
  z.object({
    ...{ maxSigma: z.number(), blurSteps: z.int(), steps: z.int(), reference: z.number() },
    guided: z.record(z.string(), z.object({ fraction: z.number(), maxDistance: z.number() })),
  }),
);
const { maxSigma, blurSteps, steps, reference, guided } = golden.settings;

const blurs = ['linear', 'square-root'].map((spacing) => ({
  map: `blur ${spacing}`,
  method: 'blur-integrated-gradients',
  params: { maxSigma, steps: blurSteps, spacing, rule: 'left', border: 'zero' },
}));
const paths = Object.entries(guided).map(([name, options]) => ({
  map: `guided ${name}`,
  method: 'guided-integrated-gradients',
  params: { ...options, steps, reference },
}));

describe.each(golden.networks)('the $name network', (network) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await network.engine();
  });
  afterAll(() => engine.close());

  // saliency blurs images only.
  const cases = network.name === 'signal' ? paths : [...blurs, ...paths];
  it.each(cases)('$map is what saliency 0.2.1 gives', async ({ map, method, params }) => {
    const wanted = network.map(map);
    const scale = Math.max(...wanted.map(Math.abs));
    expect(scale).toBeGreaterThan(1e-3);
    const found = await mapsOf(network, engine, { method, params });
    // Gradients in float32 against float64.
    expect(largestDifference(found, wanted)).toBeLessThan(1e-6 * scale);
  });
});
