import type { Engine } from '@xaigrid/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mapsOf, networkGoldens } from './network-golden.js';
import { largestDifference } from './sample-model.js';

const golden = networkGoldens(
  'torchray/extremal_perturbation.json',
  z.object({
    cases: z.record(z.string(), z.object({ blur: z.number().optional() }).catchall(z.unknown())),
    steps: z.array(z.int()),
  }),
);
const { cases, steps } = golden.settings;

describe.each(golden.networks)('the $name network', (network) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await network.engine();
  });
  afterAll(() => engine.close());

  const all = Object.entries(cases).flatMap(([name, { blur, ...options }]) =>
    steps.map((count) => ({
      name,
      count,
      params: {
        ...options,
        ...(blur === undefined ? { baseline: 0 } : { baseline: { blur }, border: 'zero' }),
        steps: count,
        areaWeight: 300,
      },
    })),
  );
  it.each(all)('$name, $count steps: what torchray 1.0.0.2 gives', async ({ name, count, params }) => {
    const found = await mapsOf(network, engine, { method: 'extremal-perturbation', params });
    // Sums of up to two masks in float32, from gradients in float32 against float64. They differ by half a last bit, 6·10⁻⁸.
    expect(largestDifference(found, network.map(`${name}, ${count} steps`))).toBeLessThan(1e-6);
  });
});
