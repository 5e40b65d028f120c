import { createEngine, type Engine, type ModelDescription } from '@xaigrid/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sequential } from '../../engine/tests/models/keras-models.js';
import { convolution, dense, plain } from '../../engine/tests/models/keras-layers.js';
import { readTestModel } from '../../engine/tests/models/read-test-model.js';
import { discardSmallest, fusedHeads, rowTimes, withIdentity } from '../src/attention/matrices.js';
import { explainer, explainers } from '../src/index.js';
import { largestOf, resized } from './cam-goldens.js';
import { explainOnce, largestDifference } from './sample-model.js';
import { nested, tensorOfNested, transformerNetwork, transformersFile, type TransformerNetwork } from './transformer-networks.js';

const methods = explainers.filter(({ family }) => family === 'attention');
const caseSchema = z.object({
  method: z.string(),
  params: z.record(z.string(), z.unknown()),
  target: z.string(),
  maps: nested,
});
const golden = z
  .object({ classes: z.array(z.int()), networks: z.record(z.string(), z.array(caseSchema)) })
  .parse(transformersFile('attention_maps.json'));
const classes = Int32Array.from(golden.classes);
const withoutClass = new Set(['raw-attention', 'attention-rollout']);

/** The tokens of each sample on the grid of patches of 8 × 8, resized. */
function resizedTokens(maps: z.infer<typeof nested>, { inputs }: TransformerNetwork) {
  const positions = inputs.shape.slice(1, -1);
  const { shape, data } = tensorOfNested(maps);
  return resized({ shape: [shape[0] ?? 0, ...positions.map((extent) => extent / 8)], data }, positions);
}

describe.each(Object.entries(golden.networks).map(([name, cases]) => ({ name, cases })))('of $name', ({ name, cases }) => {
  const network = transformerNetwork(name);

  describe.each(network.exports)('%s', (exported) => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await network.open(exported);
    });
    afterAll(() => engine.close());

    it.each(cases)(
      '$method $params of $target is what its equations give in PyTorch',
      async ({ method, params, target, maps }) => {
        const found = explainer(method);
        const asked = { ...params, ...(withoutClass.has(method) ? {} : { target }) };
        found.validate(found.params.parse(asked), engine.model);
        const explained = await explainOnce(found, { engine, params: asked }, { inputs: network.inputs, classes });
        const wanted = resizedTokens(maps, network);
        expect(explained.maps.shape).toEqual([2, ...network.inputs.shape.slice(1, -1)]);
        expect(largestOf(wanted)).toBeGreaterThan(1e-5);
        // float32 against float64: probabilities and gradients are sums of some dozens of products, in at most three blocks.
        expect(largestDifference(explained.maps.data, wanted) / largestOf(wanted)).toBeLessThan(3e-6);
      },
    );
  });
});

describe('every method of attention', () => {
  let ofImages: Engine;
  let convolutional: ModelDescription;
  let windows: ModelDescription;
  beforeAll(async () => {
    ofImages = await transformerNetwork('timm ViT').open();
    const small = sequential(
      'no attention',
      [8, 2],
      [],
      [
        convolution({ name: 'conv', from: 2, filters: 6, kernel: [3], padding: 'same', activation: 'relu' }),
        plain('Flatten', 'flatten'),
        dense('dense', 48, 3, 'softmax'),
      ],
    );
    const engine = await createEngine({ model: await readTestModel(small), name: 'onnxruntime', threads: 1 });
    convolutional = engine.model;
    await engine.close();
    const swin = await transformerNetwork('timm Swin').open();
    windows = swin.model;
    await swin.close();
  });
  afterAll(() => ofImages.close());

  it.each(methods)('$method refuses a model without attention, by one sentence', (method) => {
    expect(() => {
      method.validate(method.params.parse({}), convolutional);
    }).toThrow(/needs attention between all tokens of the sample, and the model has none\. Choose a method that does not/);
  });

  it.each(methods)('$method refuses attention within windows, naming the block', (method) => {
    expect(() => {
      method.validate(method.params.parse({}), windows);
    }).toThrow(
      /that of block 1, after layer "\/0\/layers\/layers\.0\/blocks\/blocks\.0\/norm1\/LayerNormalization", is within windows/,
    );
  });

  it.each(methods)('$method refuses a block of fewer keys than queries', (method) => {
    const { model } = ofImages;
    const [first] = model.attention ?? [];
    const layers = model.layers.map((layer) => (layer.name === first?.layer ? { ...layer, shape: [4, 13, 5] } : layer));
    expect(() => {
      method.validate(method.params.parse({}), { ...model, layers });
    }).toThrow(/is attention of 13 queries to 5 keys, where the last block has 13 tokens/);
  });

  it.each(methods)('$method resizes and scales as CAMs do', async (method) => {
    const { inputs } = transformerNetwork('timm ViT');
    const params = { resize: 'nearest', scaled: true };
    const { maps } = await explainOnce(method, { engine: ofImages, params }, { inputs, classes });
    expect(Math.min(...maps.data.subarray(0, 32 * 24))).toBe(0);
    expect(Math.max(...maps.data.subarray(0, 32 * 24))).toBeCloseTo(1, 6);
    // A patch of 8 × 8 has one value.
    expect(new Set(maps.data.subarray(0, 8)).size).toBe(1);
    expect(new Set(maps.data.subarray(0, 32 * 24)).size).toBeGreaterThan(6);
  });

  it.each(methods.filter(({ method }) => !withoutClass.has(method)))(
    '$method explains the difference of two classes',
    async (method) => {
      const { inputs } = transformerNetwork('timm ViT');
      const options = { engine: ofImages, params: { target: 'logit', contrast: 0 } };
      const both = await explainOnce(method, options, { inputs, classes });
      const one = await explainOnce(method, { engine: ofImages, params: { target: 'logit' } }, { inputs, classes });
      const none = await explainOnce(method, options, { inputs, classes: classes.map(() => 0) });
      expect(largestDifference(both.maps.data, one.maps.data)).toBeGreaterThan(0.01 * largestOf(one.maps.data));
      // Against itself a class has no gradient.
      expect(none.degenerate).toEqual([true, true]);
    },
  );
});

describe('raw attention', () => {
  it('shows the named layer, by any of its names, and refuses another', async () => {
    const { inputs, open } = transformerNetwork('timm ViT');
    const engine = await open();
    const layer = '/0/blocks/blocks.0/attn/Softmax';
    const method = explainer('raw-attention');
    const named = await explainOnce(method, { engine, params: { layer } }, { inputs, classes });
    const last = await explainOnce(method, { engine }, { inputs, classes });
    expect(named.maps).not.toEqual(last.maps);
    const alias = engine.model.layers.find(({ name }) => name === layer)?.aliases?.[0];
    expect(method.plannedParams(method.params.parse({ layer: alias }), engine.model)).toEqual({ layer, heads: 'mean' });
    expect(() => {
      method.validate(method.params.parse({ layer: '/0/patch_embed/proj/Conv' }), engine.model);
    }).toThrow(/"\/0\/patch_embed\/proj\/Conv" is no attention\. Layers of attention: \/0\/blocks\/blocks\.0\/attn\/Softmax, /);
    await engine.close();
  });
});

describe('LeGrad', () => {
  it('refuses more blocks than there are, and blocks without a sum', async () => {
    const engine = await transformerNetwork('timm ViT').open();
    const method = explainer('legrad');
    expect(() => {
      method.validate(method.params.parse({ blocks: 4 }), engine.model);
    }).toThrow(/blocks is 4, and the model has 3/);
    const attention = engine.model.attention?.map(({ layer = '', reads = '' }) => ({ layer, reads })) ?? [];
    expect(() => {
      method.validate(method.params.parse({}), { ...engine.model, attention });
    }).toThrow(/the block of layer "\/0\/blocks\/blocks\.0\/attn\/Softmax" ends in no sum/);
    await engine.close();
  });
});

describe('matrices over tokens', () => {
  it('heads are fused value by value', () => {
    const values = [1, 5, 2, 3, 3, 1, 4, 3];
    expect([...fusedHeads(values, 2, 'mean')]).toEqual([2, 3, 3, 3]);
    expect([...fusedHeads(values, 2, 'max')]).toEqual([3, 5, 4, 3]);
    expect([...fusedHeads(values, 2, 'min')]).toEqual([1, 1, 2, 3]);
  });

  it('the smallest share is discarded, rounded down, but one that is kept', () => {
    const matrix = Float64Array.of(1, 4, 2, 3);
    discardSmallest(matrix, 0.6, 0);
    expect([...matrix]).toEqual([1, 4, 0, 3]);
  });

  it('rows add up to 1 with the identity; columns are divided as vit-explain does', () => {
    const matrix = Float64Array.of(1, 2, 0, 3);
    // (M + I)/2 = [[1, 1], [0, 2]], whose rows add up to 2 and 2; with M doubled in the first row they do not.
    expect([...withIdentity(matrix, 2, 'rows')]).toEqual([0.5, 0.5, 0, 1]);
    const uneven = Float64Array.of(3, 4, 0, 1);
    // [[2, 2], [0, 1]]: sums 4 and 1.
    expect([...withIdentity(uneven, 2, 'columns')]).toEqual([0.5, 2, 0, 1]);
    expect([...rowTimes(Float64Array.of(1, 10), uneven)]).toEqual([3, 14]);
  });
});
