import { layerNamed, type Engine } from '@xaigrid/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { explainer } from '../src/index.js';
import { largestOf, resized } from './cam-goldens.js';
import { explainOnce, largestDifference } from './sample-model.js';
import { nested, tensorOfNested, transformerNetwork, transformersFile } from './transformer-networks.js';

const { classes: given, cases: golden } = z
  .object({
    classes: z.array(z.int()),
    cases: z.record(
      z.string(),
      z.array(z.object({ method: z.string(), target: z.string(), layer: z.string(), layerMaps: nested })),
    ),
  })
  .parse(transformersFile('cam_maps.json'));
const classes = Int32Array.from(given);

/** What the library adds to denominators. */
const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'grad-cam-plus-plus': { epsilon: 1e-6 },
  'xgrad-cam': { epsilon: 1e-7 },
  'eigen-cam': { centred: true },
};

describe.each(Object.entries(golden).map(([name, cases]) => ({ name, cases })))('CAMs of $name', ({ name, cases }) => {
  const { inputs, open } = transformerNetwork(name);
  const positions = inputs.shape.slice(1, -1);
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.close());

  it.each(cases)('$method of $target at layer "$layer" is that of pytorch-grad-cam 1.5.7', async (one) => {
    const { method, target, layer, layerMaps } = one;
    const named = engine.model.layers.find((candidate) => layer !== '' && candidate.name.endsWith(layer));
    const params = {
      ...settings[method],
      ...(method === 'eigen-cam' ? {} : { target }),
      // The default layer is what the library's examples name.
      ...(layer === '' ? {} : { layer: named?.name ?? 'none' }),
      relu: false,
    };
    const found = (await explainOnce(explainer(method), { engine, params }, { inputs, classes })).maps.data;
    const wanted = resized(tensorOfNested(layerMaps), positions);
    expect(largestOf(wanted)).toBeGreaterThan(1e-3);
    if (method === 'eigen-cam') {
      // Singular vectors have no sign: each map may be the negative.
      const size = wanted.length / classes.length;
      for (let first = 0; first < wanted.length; first += size) {
        const agreement = wanted
          .subarray(first, first + size)
          .reduce((sum, value, at) => sum + value * (found[first + at] ?? NaN), 0);
        if (agreement < 0) for (let at = first; at < first + size; at++) wanted[at] = -(wanted[at] ?? NaN);
      }
    }
    // float32 against float64, through three blocks. A component is ill-conditioned, and so is a quotient by the sum of a feature map
    // behind a layer normalisation, which is near 0.
    const tolerance = method === 'eigen-cam' || method === 'xgrad-cam' ? 3e-5 : 3e-6;
    expect(largestDifference(found, wanted) / largestOf(wanted)).toBeLessThan(tolerance);
  });
});

describe('layers of tokens', () => {
  it.each([
    ['timm ViT', 'grad-cam', '/0/blocks/blocks.2/norm1/LayerNormalization', { grid: [4, 3], before: 1, after: 0 }],
    [
      'timm ViT with registers',
      'eigen-cam',
      '/0/blocks/blocks.2/norm1/LayerNormalization',
      { grid: [4, 3], before: 3, after: 0 },
    ],
    ['timm DeiT', 'score-cam', '/0/blocks/blocks.1/norm1/LayerNormalization', { grid: [4, 3], before: 2, after: 0 }],
    ['torchvision Swin', 'ablation-cam', '/0/features/features.3/features.3.1/norm1/LayerNormalization', undefined],
  ])('%s: the default layer of %s is the first layer normalisation of the last block', async (name, method, layer, tokens) => {
    const engine = await transformerNetwork(name).open();
    const found = explainer(method);
    expect(found.plannedParams(found.params.parse({}), engine.model)).toMatchObject({ layer });
    expect(layerNamed(engine.model, layer).tokens).toEqual(tokens);
    await engine.close();
  });

  it.each(['score-cam', 'ablation-cam', 'sise', 'finer-cam', 'is-cam'])('%s takes them', async (method) => {
    const { inputs, open } = transformerNetwork('timm ViT');
    const engine = await open();
    const layer = '/0/blocks/blocks.2/norm1/LayerNormalization';
    const params = method === 'sise' ? { layers: [layer] } : { layer };
    const found = explainer(method);
    found.validate(found.params.parse(params), engine.model);
    const { maps, degenerate } = await explainOnce(found, { engine, params }, { inputs, classes });
    expect(maps.shape).toEqual([2, 32, 24]);
    expect(degenerate).not.toEqual([true, true]);
    await engine.close();
  });

  it.each([
    ['timm Swin', '/0/layers/layers.0/blocks/blocks.1/Slice', 'whose positions are not known'],
    ['timm ViT', '/0/blocks/blocks.0/attn/Transpose', 'whose positions are not known'],
    ['timm ViT', '/0/blocks/blocks.0/attn/Softmax', 'which is attention between tokens'],
  ])('%s: %s is refused, %s', async (name, layer, why) => {
    const engine = await transformerNetwork(name).open();
    const named = engine.model.layers.find((one) => one.name.startsWith(layer) && one.shape.length === 3);
    const method = explainer('grad-cam');
    expect(() => {
      method.validate(method.params.parse({ layer: named?.name ?? layer }), engine.model);
    }).toThrow(why);
    await engine.close();
  });

  it('a channel of tokens is removed from all tokens', async () => {
    const { inputs, open } = transformerNetwork('timm ViT');
    const engine = await open();
    // Behind this layer a logit is linear: it loses gradient times value, of the class token.
    const layer = '/0/norm/LayerNormalization';
    const [at] = await engine.gradient({ inputs, classes, wrt: [layer], target: 'logit' });
    const logits = await engine.predict(inputs, 'logit');
    const channels = [3, 12];
    const ablated = await engine.ablate({
      ...{ inputs, layer, sampleOf: Int32Array.of(0, 1), channelOf: Int32Array.from(channels), target: 'logit' },
    });
    expect(at?.activations.shape).toEqual([2, 13, 16]);
    for (const [sample, channel] of channels.entries()) {
      const place = sample * 13 * 16 + channel;
      const output = sample * 4 + (classes[sample] ?? NaN);
      const lost = (at?.gradient.data[place] ?? NaN) * (at?.activations.data[place] ?? NaN);
      expect(Math.abs(lost)).toBeGreaterThan(0.01);
      expect(ablated.data[output]).toBeCloseTo((logits.data[output] ?? NaN) - lost, 5);
    }
    await engine.close();
  });
});
