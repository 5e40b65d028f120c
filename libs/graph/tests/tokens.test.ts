import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Model } from '../src/model.js';
import { reshaped, type Axis, type Meaning } from '../src/tokens/axes.js';
import { trunkOf } from '../src/tokens/trunk.js';
import { functionalFixture, tfjsFiles, type LayerFixture } from './reference/keras-models.js';
import { readModel } from './reference/read-model.js';

const path = new URL('../../../tests/parity/transformers/exports.json', import.meta.url);
const networks = z
  .record(z.string(), z.object({ models: z.record(z.string(), z.string()) }))
  .parse(JSON.parse(readFileSync(path, 'utf8')));

const modelOf = (name: string, exported = 'traced'): Promise<Model> => {
  const bytes = new Uint8Array(inflateSync(Buffer.from(networks[name]?.models[exported] ?? '', 'base64')));
  return readModel({ files: [{ name: 'm.onnx', bytes }], name });
};
const layerOf = ({ layers }: Model, name = '') => layers.find((layer) => layer.name === name);

describe('attention of a vision transformer', () => {
  it.each([
    ['torchvision ViT', 'traced', 3, { grid: [3, 3], before: 1, after: 0 }, [0]],
    ['timm ViT', 'traced', 3, { grid: [4, 3], before: 1, after: 0 }, [0]],
    ['timm ViT', 'dynamo', 3, { grid: [4, 3], before: 1, after: 0 }, [0]],
    // One operator, whose Softmax is no node of the file.
    ['timm ViT', 'dynamo, operator set 23', 3, { grid: [4, 3], before: 1, after: 0 }, [0]],
    ['timm ViT with registers', 'traced', 3, { grid: [4, 3], before: 3, after: 0 }, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]],
    ['timm ViT without class token', 'traced', 2, { grid: [3, 4], before: 0, after: 0 }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ['timm DeiT', 'traced', 2, { grid: [4, 3], before: 2, after: 0 }, [0, 1]],
  ])('%s, %s', async (name, exported, blocks, tokens, read) => {
    const model = await modelOf(name, exported);
    const count = tokens.before + tokens.grid.reduce((size, extent) => size * extent, 1);
    expect(model.attention).toHaveLength(blocks);
    expect(model.readTokens).toEqual(read);
    for (const { layer, reads, sum } of model.attention) {
      expect(layerOf(model, layer)).toMatchObject({ kind: 'Softmax', attention: true, shape: [4, count, count] });
      expect(layerOf(model, reads)).toMatchObject({ kind: 'LayerNormalization', shape: [count, 16], tokens });
      expect(layerOf(model, sum)).toMatchObject({ kind: 'Add', shape: [count, 16], tokens });
    }
  });

  it('blocks are in the order of the graph, each with its own sum', async () => {
    const { attention } = await modelOf('timm ViT');
    expect(attention.map(({ reads, sum }) => [reads, sum])).toEqual(
      [0, 1, 2].map((block) => [
        `/0/blocks/blocks.${String(block)}/norm1/LayerNormalization`,
        `/0/blocks/blocks.${String(block)}/Add_1`,
      ]),
    );
  });

  it.each([
    ['torchvision Swin', '/0/features/features.3/features.3.1/norm1/LayerNormalization', [4, 3, 16]],
    ['timm Swin', '/0/layers/layers.1/blocks/blocks.1/norm1/LayerNormalization', [4, 2, 16]],
  ])('%s: within windows, whose axis is that of the samples, over positions with channels last', async (name, last, shape) => {
    const model = await modelOf(name);
    expect(model.attention).toHaveLength(4);
    expect(model.attention.map(({ layer }) => layer)).toEqual(Array.from({ length: 4 }, () => undefined));
    expect(model.attention.at(-1)?.reads).toBe(last);
    expect(layerOf(model, last)).toMatchObject({ shape, inOrder: true });
    expect(model.corrections).toContain('features-last');
  });
});

it("Keras' attention has its probabilities as a layer, and tokens of patches their grid", async () => {
  const layer = (class_name: string, name: string, from: readonly string[], rest: Partial<LayerFixture> = {}) => ({
    ...{ class_name, from, weights: {} },
    ...rest,
    config: { name, ...rest.config },
  });
  const scaled = { gamma: [5], beta: [5] };
  const apart = { kernel: [5, 2, 3], bias: [2, 3] };
  const projections = Object.fromEntries(
    ['query', 'key', 'value'].flatMap((part) => Object.entries(apart).map(([role, shape]) => [`${part}_dense/${role}`, shape])),
  );
  const fixture = functionalFixture(
    [8, 12, 2],
    [
      layer('Conv2D', 'patches', ['the_input'], {
        config: { filters: 5, kernel_size: [4, 4], strides: [4, 4] },
        weights: { kernel: [4, 4, 2, 5], bias: [5] },
      }),
      layer('Reshape', 'tokens', ['patches'], { config: { target_shape: [6, 5] } }),
      layer('LayerNormalization', 'norm', ['tokens'], { config: { axis: [2], epsilon: 1e-3 }, weights: scaled }),
      layer('MultiHeadAttention', 'mixed', ['norm', 'norm'], {
        config: { num_heads: 2, key_dim: 3 },
        weights: { ...projections, 'output_dense/kernel': [2, 3, 5], 'output_dense/bias': [5] },
      }),
      layer('Add', 'sum', ['tokens', 'mixed']),
      layer('LayerNormalization', 'last', ['sum'], { config: { axis: [2], epsilon: 1e-3 }, weights: scaled }),
      layer('GlobalAveragePooling1D', 'mean', ['last']),
      layer('Dense', 'head', ['mean'], {
        config: { units: 3, activation: 'softmax' },
        weights: { kernel: [5, 3], bias: [3] },
      }),
    ],
  );
  const model = await readModel({ files: tfjsFiles(fixture), name: 'keras' });
  expect(model.attention).toEqual([{ layer: 'mixed/Softmax', reads: 'norm', sum: 'sum' }]);
  expect(model.readTokens).toEqual([0, 1, 2, 3, 4, 5]);
  expect(layerOf(model, 'mixed/Softmax')).toMatchObject({ attention: true, shape: [2, 6, 6], inOrder: true });
  expect(layerOf(model, 'norm')).toMatchObject({ shape: [6, 5], tokens: { grid: [2, 3], before: 0, after: 0 } });
  expect(model.layers.map(({ name }) => name)).toEqual([
    ...['patches', 'tokens', 'norm', 'mixed', 'mixed/Softmax', 'sum', 'last', 'mean', 'head'],
  ]);
});

describe('the axes of a value', () => {
  const batch: Axis = { is: 'batch' };
  const features: Axis = { is: 'features' };
  const [rows, columns]: readonly Axis[] = [
    { is: 'position', of: 0 },
    { is: 'position', of: 1 },
  ];
  const image = (extents: readonly number[]): Meaning => ({ axes: [batch, rows ?? batch, columns ?? batch, features], extents });
  const tokens = (grid: readonly number[], before = 0): Axis => ({ is: 'tokens', grid, before, after: 0 });

  it.each([
    ['joined positions are tokens', image([4, 6, 5]), [24, 5], [tokens([4, 6]), features]],
    ['cut positions leave features within', image([4, 6, 5]), [2, 2, 3, 2, 5], [rows, features, columns, features, features]],
    [
      'tokens are positions again, also if their number is that of the channels',
      { axes: [batch, tokens([4, 6]), features], extents: [24, 24] },
      [4, 6, 24],
      [rows, columns, features],
    ],
    [
      'channels are cut into heads beside tokens with a class token',
      { axes: [batch, tokens([4, 6], 1), features], extents: [25, 8] },
      [25, 2, 4],
      [tokens([4, 6], 1), features, features],
    ],
  ] as const)('%s', (_, given, to, axes) => {
    expect(reshaped(given, to, 2)).toEqual({ axes: [batch, ...axes], extents: to });
  });

  it.each([
    ['positions with channels', image([4, 6, 5]), [4, 30]],
    ['tokens with a class token into a grid', { axes: [batch, tokens([4, 6], 1), features], extents: [25, 8] }, [5, 5, 8]],
    ['rows with channels, past the columns', image([4, 6, 5]), [8, 15]],
  ] as const)('is not known of %s', (_, given, to) => {
    expect(reshaped(given, to, 2)).toBeUndefined();
  });
});

it('the trunk of a residual graph is the sums, not what goes beside them', () => {
  const node = (op: string, inputs: readonly string[], output: string) => ({
    name: output,
    op,
    inputs,
    outputs: [output],
    attributes: {},
  });
  const nodes = [
    node('Relu', ['x'], 'a'),
    node('Relu', ['a'], 'beside'),
    node('Add', ['a', 'beside'], 'sum'),
    node('Tanh', ['sum'], 'left'),
    node('Exp', ['sum'], 'right'),
    node('Mul', ['left', 'right'], 'product'),
    node('Relu', ['product'], 'y'),
  ];
  expect(trunkOf(nodes, ['x'])).toEqual(['a', 'sum', 'product']);
});
