import type { Engine } from '@xaigrid/engine';
import { rowsOf } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fullGrad } from '../src/full-grad.js';
import { largestOf } from './cam-goldens.js';
import { closedFormEngine } from './closed-form-engine.js';
import { mapsOf, networkGoldens } from './network-golden.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const { networks } = networkGoldens('pytorch-grad-cam/full_grad.json', z.object({ 'pytorch-grad-cam': z.literal('1.5.7') }));
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

describe.each(networks)('of the network $name', (network) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await network.engine();
  });
  afterAll(() => engine.close());

  it.each([
    { golden: 'channel', params: { scaling: 'channel', scaled: true } },
    { golden: 'layer', params: { scaling: 'layer', resize: 'corners' } },
  ])('FullGrad is that of pytorch-grad-cam 1.5.7 or of its authors: $golden', async ({ golden, params }) => {
    const found = await mapsOf(network, engine, { method: 'full-grad', params });
    const wanted = network.map(golden);
    // Products of float32 gradients, as shares of their range, against float64; and the scaled map once more.
    expect(largestDifference(found, wanted) / largestOf(wanted)).toBeLessThan(1e-6);
  });

  it('the parts add up to what they add up to in PyTorch, and where all is piecewise linear to the logit', async () => {
    const { input, biases } = await engine.biasGradients({ ...network, target: 'logit' });
    const [sums, logits, headBias] = ['sums', 'logits', 'headBias'].map((name) => network.map(name));
    for (const [sample, index] of network.classes.entries()) {
      const of = (positions: boolean) =>
        sum(biases.filter((one) => one.positions === positions).map(({ products }) => sum(mapOf(products, sample))));
      const total = sum(mapOf(input, sample)) + of(true);
      expect(total).toBeCloseTo(sums?.[sample] ?? NaN, 5);
      expect(of(false)).toBeCloseTo(headBias?.[index] ?? NaN, 6);
      const logit = logits?.[sample * 5 + index] ?? NaN;
      if (network.name === 'Mobile') expect(total + of(false)).toBeCloseTo(logit, 5);
      else expect(Math.abs(total + of(false) - logit)).toBeGreaterThan(1e-3);
    }
  });
});

it('of a linear model without biases is |x ⊙ w|, scaled and added up over channels', async () => {
  const inputs = sampleInputs([8, 2], 2);
  const engine = closedFormEngine(sampleModel([8, 2], 'linear'));
  const classes = Int32Array.of(0, 2);
  const { maps } = await explainOnce(fullGrad, { engine }, { inputs, classes });
  const { input } = await engine.biasGradients({ inputs, classes });
  for (const sample of [0, 1]) {
    const sizes = [...rowsOf(input, sample, sample + 1).data].map(Math.abs);
    const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
    const wanted = Array.from({ length: 8 }, (_, at) =>
      sum([0, 1].map((channel) => ((sizes[2 * at + channel] ?? NaN) - low) / (high - low + 1e-6))),
    );
    expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(1e-6);
  }
});
