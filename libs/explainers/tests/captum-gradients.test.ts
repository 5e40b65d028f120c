import type { Engine } from '@xaigrid/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mapsOf, networkGoldens } from './network-golden.js';
import { largestDifference } from './sample-model.js';

const golden = networkGoldens(
  'captum/gradient_methods.json',
  z.object({ steps: z.int(), draws: z.int(), noise: z.number(), reference: z.number(), seed: z.int() }),
);
const { steps, draws, noise, reference, seed } = golden.settings;

/** Captum's maps, and what they are here. */
const cases: readonly (readonly [captum: string, method: string, params: object])[] = [
  ['input-x-gradient', 'input-x-gradient', {}],
  ['integrated-gradients midpoint', 'integrated-gradients', { steps, reference }],
  ['integrated-gradients trapezoid', 'integrated-gradients', { steps, reference, rule: 'trapezoid' }],
  ['integrated-gradients gauss-legendre', 'integrated-gradients', { steps, reference, rule: 'gauss-legendre' }],
  ['integrated-gradients mean', 'integrated-gradients', { steps, baseline: 'mean', rule: 'gauss-legendre' }],
  ['integrated-gradients background', 'integrated-gradients', { steps, baseline: 'background', rule: 'gauss-legendre' }],
  ...noisyCases(),
  ['guided-backpropagation', 'guided-backpropagation', {}],
  ['deconvnet', 'deconvnet', {}],
  ['deep-lift', 'deep-lift', { reference }],
];

/** The last convolution on the way to the output. */
const layers: Readonly<Record<string, string>> = {
  plain: '/0/features/features.3/Conv',
  residual: '/0/block2/conv2/Conv',
  signal: '/0/conv2/Conv',
};

/** Captum's NoiseTunnel, handed the noise of xaigrid. */
function noisyCases(): (readonly [captum: string, method: string, params: object])[] {
  const methods = {
    smoothgrad: ['smooth-grad', { absolute: false }, { absoluteOf: 'draws' }],
    smoothgrad_sq: ['square-grad', {}, {}],
    vargrad: ['var-grad', {}, { absolute: true }],
  } as const;
  return Object.entries(methods).flatMap(([kind, [method, signed, absolute]]) => {
    const of = (params: object) => ({ draws, noise, ...params });
    return [
      [`${kind} gradient`, method, of(signed)],
      [`${kind} gradient absolute`, method, of(absolute)],
      [`${kind} input-x-gradient`, method, of({ of: 'input-x-gradient', ...signed })],
      [`${kind} integrated-gradients`, method, of({ of: 'integrated-gradients', steps, reference, ...signed })],
    ] as const;
  });
}

describe.each(golden.networks)('the $name network', (network) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await network.engine();
  });
  afterAll(() => engine.close());

  it('guided-grad-cam is what Captum 0.9.0 gives, which repeats the values of the layer', async () => {
    const layer = layers[network.name];
    await expectCaptums('guided-grad-cam', 'guided-grad-cam', { layer, resize: 'nearest' });
  });

  it.each(cases)('%s is what Captum 0.9.0 gives', expectCaptums);

  async function expectCaptums(captum: string, method: string, params: object): Promise<void> {
    const wanted = network.map(captum);
    const scale = Math.max(...wanted.map(Math.abs));
    expect(scale).toBeGreaterThan(1e-6);
    const found = await mapsOf(network, engine, { method, params, seed });
    // float32 against float64: some hundreds of products a value.
    expect(largestDifference(found, wanted)).toBeLessThan(1e-6 * scale);
  }
});
