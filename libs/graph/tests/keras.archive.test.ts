import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readModel } from './reference/read-model.js';
import { noiseArray } from './reference/array.js';
import { channelsFirst } from './reference/channels.js';
import { relativeDifference } from './reference/compare.js';
import { convolutional } from './reference/fixtures.js';
import { valueIn } from './reference/interpret.js';
import { kerasArchive, weightsFrom, type Keras3Layer, type Keras3Model } from './reference/keras-archive.js';
import { functionalFixture, tfjsFiles, type LayerFixture } from './reference/keras-models.js';
import { runOnnx } from './reference/onnxruntime.js';

const read = (bytes: Uint8Array) => readModel({ files: [{ name: 'model.keras', bytes }], name: 'fixture' });
const error = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });
const inputOf = (shape: readonly number[], name = 'the_input'): Keras3Layer => ({
  class_name: 'InputLayer',
  config: { batch_shape: [null, ...shape], dtype: 'float32', sparse: false, name },
});
const sequentialLayers = (convolutional.topology.config as { layers: LayerFixture[] }).layers.slice(1);
const sequential: Keras3Model = {
  class_name: 'Sequential',
  name: 'sequential',
  layers: [inputOf([12, 2]), ...sequentialLayers],
};

describe('a Sequential model in a .keras archive', () => {
  it.each([true, false])('is the model that TF.js files hold (names of layers in the weights: %s)', async (named) => {
    const archive = await read(await kerasArchive(sequential, weightsFrom(convolutional), { named }));
    const tfjs = await readModel({ files: tfjsFiles(convolutional), name: 'fixture' });
    expect(archive.format).toBe('keras-archive');
    expect(archive.graph).toEqual(tfjs.graph);
    expect(archive.layers).toEqual(tfjs.layers);
    expect(archive.keras?.weights).toEqual(tfjs.keras?.weights);
  });
});

/** A residual block with a gate as Keras 3's MobileNetV3 writes it: `ReLU(6)(x + 3) * (1/6)`. */
const gated = functionalFixture(
  [6, 6, 3],
  [
    {
      from: ['the_input'],
      class_name: 'DepthwiseConv2D',
      config: { name: 'depthwise', kernel_size: [3, 3], padding: 'same' },
      weights: { depthwise_kernel: [3, 3, 3, 1], bias: [3] },
    },
    {
      from: ['depthwise'],
      class_name: 'BatchNormalization',
      config: { name: 'norm', axis: -1 },
      weights: { gamma: [3], beta: [3], moving_mean: [3], moving_variance: [3] },
    },
    { from: ['norm'], class_name: 'Activation', config: { name: 'gate', activation: 'hard_sigmoid' } },
    { from: ['gate', 'the_input'], class_name: 'Multiply', config: { name: 'gated' } },
    { from: ['gated'], class_name: 'GlobalAveragePooling2D', config: { name: 'pooled', keepdims: true } },
    { from: ['pooled'], class_name: 'Flatten', config: { name: 'flat' } },
    {
      from: ['flat'],
      class_name: 'Dense',
      config: { name: 'dense', units: 2, activation: 'softmax' },
      weights: { kernel: [3, 2], bias: [2] },
    },
  ],
);
const gatedLayers = (gated.topology.config as { layers: LayerFixture[] }).layers.toReversed().slice(1);
const functionalOf = (layers: readonly LayerFixture[]): Keras3Layer[] => [
  { ...inputOf([6, 6, 3]), calls: [] },
  ...layers.map((layer): Keras3Layer => {
    const [from = []] = layer.inbound_nodes as [string][][];
    return { ...layer, calls: [from.map(([name]) => name)] };
  }),
];
const x = channelsFirst(noiseArray([2, 6, 6, 3], 5));
const predict = async (model: Awaited<ReturnType<typeof read>>, input = x) =>
  valueIn(await runOnnx(model.graph, { [model.input.name]: input }), model.output.name);

describe('a Functional model in a .keras archive', () => {
  const layers = functionalOf(gatedLayers);

  it('has its activations as Keras 3 means them: hard_sigmoid is clip(x/6 + ½)', async () => {
    const own = await read(await kerasArchive({ class_name: 'Functional', name: 'model', layers }, weightsFrom(gated)));
    const withOperations = layers.flatMap((layer): Keras3Layer[] =>
      layer.config.name === 'gate'
        ? [
            { class_name: 'Add', module: 'keras.src.ops.numpy', config: { name: 'add' }, calls: [['norm', 3]] },
            { class_name: 'ReLU', config: { name: 're_lu', max_value: 6, negative_slope: 0, threshold: 0 }, calls: [['add']] },
            { class_name: 'Multiply', module: 'keras.src.ops.numpy', config: { name: 'gate' }, calls: [['re_lu', 1 / 6]] },
          ]
        : [layer],
    );
    const apart = await read(
      await kerasArchive({ class_name: 'Functional', name: 'model', layers: withOperations }, weightsFrom(gated)),
    );
    expect(relativeDifference(await predict(apart), await predict(own))).toBeLessThan(2e-6);
    const keras2 = await readModel({ files: tfjsFiles(gated), name: 'fixture' });
    expect(relativeDifference(await predict(keras2), await predict(own))).toBeGreaterThan(1e-4);
  });

  it('may hold models, whose layers are called model/layer', async () => {
    const inner: Keras3Layer = {
      class_name: 'Functional',
      config: { name: 'body' },
      layers: layers.filter(({ class_name }) => !['Flatten', 'Dense'].includes(class_name)),
    };
    const outer: Keras3Model = {
      class_name: 'Sequential',
      name: 'outer',
      layers: [inputOf([6, 6, 3], 'outer_input'), inner, ...gatedLayers.slice(-2)],
    };
    const nested = await read(await kerasArchive(outer, weightsFrom(gated)));
    expect(nested.layers.map(({ name }) => name)).toEqual([
      ...['body/depthwise', 'body/norm', 'body/gate', 'body/gated', 'body/pooled', 'flat', 'dense'],
    ]);
    const flat = await read(await kerasArchive({ class_name: 'Functional', name: 'model', layers }, weightsFrom(gated)));
    expect(await predict(nested)).toEqual(await predict(flat));
    expect(nested.layers.map(({ parameters }) => parameters)).toEqual(flat.layers.map(({ parameters }) => parameters));
  });
});

describe('a .keras archive is refused', () => {
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  it.each<[string, Promise<Uint8Array> | Uint8Array, RegExp]>([
    ['without a model', zipSync({ 'readme.txt': json('') }), /has no model.weights.h5/],
    [
      'without a config',
      zipSync({ 'model.weights.h5': new Uint8Array([0x89, 72, 68, 70, 13, 10, 26, 10]) }),
      /truncated or damaged/,
    ],
    [
      'whose config is not JSON',
      kerasArchive(sequential, weightsFrom(convolutional), { files: { 'config.json': new TextEncoder().encode('{') } }),
      /config.json is not JSON/,
    ],
    ['without weights of a layer', kerasArchive(sequential, () => []), /"conv1d" \(Conv1D\) has no weight "kernel"/],
  ])('%s', async (_, bytes, message) => {
    await expect(read(await bytes)).rejects.toEqual(error('MODEL_UNREADABLE', message));
  });

  it('that claims more than it can hold', async () => {
    const bytes = await kerasArchive(sequential, weightsFrom(convolutional));
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    // The central directory's record of config.json: its unpacked size is 24 bytes behind the signature.
    const name = Buffer.from('config.json');
    const at = Buffer.from(bytes).lastIndexOf(name) - 46;
    view.setUint32(at + 24, 4_000_000_000, true);
    await expect(read(bytes)).rejects.toEqual(error('MODEL_UNREADABLE', /claims 4000000000 bytes/));
  });
});
