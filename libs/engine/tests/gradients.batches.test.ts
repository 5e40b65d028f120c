import { engineNames, type EngineBackend } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import type { Tensor } from '@xaigrid/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { isPassive, layerImports } from '../../graph/src/keras/layers/registry.js';
import { classesSaved } from '../../graph/tests/reference/keras-goldens.js';
import { hdf5Bytes } from '../../graph/tests/reference/keras-hdf5.js';
import {
  functionalFixture,
  sequentialFixture,
  tfjsFiles,
  type LayerFixture,
  type ModelFixture,
} from '../../graph/tests/reference/keras-models.js';
import { assertDeepLift, assertExecutable } from '../src/assert-executable.js';
import { describeModel } from '../src/describe-model.js';
import { createEngine, type Engine, readModel } from '../src/index.js';
import { gradient } from '../src/tensorflow/gradient.js';
import { loadTensorFlow, type LoadedTensorFlow } from '../src/tensorflow/load-tensorflow.js';
import { loadNetwork } from '../src/tensorflow/network.js';
import { refusalOf } from '../src/tensorflow/layers/registry.js';
import { predict } from '../src/tensorflow/predict.js';
import { absoluteError, relativeError } from './comparison.js';
import { pick, samplesFor } from './models/samples.js';

interface Case {
  readonly title: string;
  readonly shape: readonly number[];
  readonly layers: readonly LayerFixture[];
}

type Weights = Record<string, number[]>;

const of = (shape: number[], class_name: string, config: Record<string, unknown> = {}, weights: Weights = {}): Case => ({
  title: `${class_name} on [${shape.join(', ')}] ${JSON.stringify(config)}`,
  shape,
  layers: [{ class_name, config: { name: 'tested', ...config }, weights }],
});
const conv2 = (config: Record<string, unknown>) =>
  of([6, 7, 2], 'Conv2D', { filters: 4, kernel_size: [3, 3], ...config }, { kernel: [3, 3, 2, 4], bias: [4] });
const activation = (name: string) => of([5, 3], 'Activation', { activation: name });
const statistics = { moving_mean: [3], moving_variance: [3] };

/** Every class that xaigrid imports, with options that lead to other kernels. */
const cases: Case[] = [
  of([6], 'Dense', { units: 4, activation: 'tanh' }, { kernel: [6, 4], bias: [4] }),
  of([9, 2], 'Conv1D', { filters: 4, kernel_size: [3], padding: 'same' }, { kernel: [3, 2, 4], bias: [4] }),
  of([9, 2], 'Conv1D', { filters: 4, kernel_size: [3], strides: [2] }, { kernel: [3, 2, 4], bias: [4] }),
  conv2({ padding: 'same', activation: 'relu' }),
  conv2({ padding: 'same', strides: [2, 2] }),
  conv2({ padding: 'same', strides: [4, 4] }),
  conv2({ padding: 'valid' }),
  conv2({ padding: 'same', dilation_rate: [2, 1] }),
  conv2({ padding: 'valid', dilation_rate: [1, 3] }),
  of([9, 2], 'Conv1D', { filters: 4, kernel_size: [3], padding: 'causal', dilation_rate: [2] }, { kernel: [3, 2, 4], bias: [4] }),
  of([9, 2], 'Conv1D', { filters: 4, kernel_size: [3], padding: 'causal', strides: [2] }, { kernel: [3, 2, 4], bias: [4] }),
  ...[
    { padding: 'same' },
    { padding: 'valid', strides: [2, 2] },
    { padding: 'same', strides: [3, 3] },
    { padding: 'same', strides: [1, 2] },
    { padding: 'same', dilation_rate: [2, 2] },
    { padding: 'valid', dilation_rate: [1, 2] },
  ].map((config) =>
    of(
      [6, 7, 2],
      'DepthwiseConv2D',
      { kernel_size: [3, 2], depth_multiplier: 2, ...config },
      { depthwise_kernel: [3, 2, 2, 2], bias: [4] },
    ),
  ),
  of([5, 2], 'DepthwiseConv1D', { kernel_size: [3], padding: 'same' }, { depthwise_kernel: [3, 2, 1], bias: [2] }),
  of([7, 2], 'DepthwiseConv1D', { kernel_size: [2], strides: [3] }, { depthwise_kernel: [2, 2, 1], bias: [2] }),
  of(
    [6, 2],
    'SeparableConv1D',
    { filters: 3, kernel_size: [3], dilation_rate: [2] },
    { depthwise_kernel: [3, 2, 1], pointwise_kernel: [1, 2, 3], bias: [3] },
  ),
  of([5, 2], 'Conv1DTranspose', { filters: 3, kernel_size: [4], strides: [2] }, { kernel: [4, 3, 2], bias: [3] }),
  of(
    [6, 7, 2],
    'SeparableConv2D',
    { filters: 3, kernel_size: [3, 3], padding: 'same' },
    { depthwise_kernel: [3, 3, 2, 1], pointwise_kernel: [1, 1, 2, 3], bias: [3] },
  ),
  ...(['same', 'valid'] as const).map((padding) =>
    of(
      [4, 5, 2],
      'Conv2DTranspose',
      { filters: 3, kernel_size: [3, 2], strides: [2, 3], padding },
      { kernel: [3, 2, 3, 2], bias: [3] },
    ),
  ),
  ...['MaxPooling', 'AveragePooling'].flatMap((kind) => [
    of([9, 2], `${kind}1D`, { pool_size: [3], strides: [2], padding: 'same' }),
    of([7, 6, 3], `${kind}2D`, { pool_size: [2, 2], strides: [2, 2], padding: 'valid' }),
    of([7, 6, 3], `${kind}2D`, { pool_size: [3, 3], strides: [2, 2], padding: 'same' }),
  ]),
  ...['GlobalAveragePooling', 'GlobalMaxPooling'].flatMap((kind) => [of([9, 2], `${kind}1D`), of([5, 4, 3], `${kind}2D`)]),
  of([5, 4, 3], 'BatchNormalization', { axis: [3] }, { gamma: [3], beta: [3], ...statistics }),
  of([5, 4, 3], 'BatchNormalization', { axis: [3], scale: false }, { beta: [3], ...statistics }),
  of([5, 4, 3], 'BatchNormalization', { axis: [3], center: false }, { gamma: [3], ...statistics }),
  of([5, 3], 'BatchNormalization', { axis: 2, center: false, scale: false }, statistics),
  of([3], 'BatchNormalization', { axis: -1, scale: false }, { beta: [3], ...statistics }),
  of([5, 4, 3], 'LayerNormalization', { axis: [3] }, { gamma: [3], beta: [3] }),
  of([5, 3], 'LayerNormalization', { axis: -1, scale: false }, { beta: [3] }),
  of([5, 3], 'LayerNormalization', { axis: -1, center: false }, { gamma: [3] }),
  of([6], 'LayerNormalization', { axis: -1, center: false, scale: false }),
  ...['nearest', 'bilinear'].flatMap((interpolation) => [of([3, 4, 2], 'UpSampling2D', { size: [2, 3], interpolation })]),
  of([4, 2], 'UpSampling1D', { size: 3 }),
  ...['nearest', 'bilinear'].map((interpolation) => of([5, 7, 2], 'Resizing', { height: 7, width: 4, interpolation })),
  of([4, 5, 3], 'Rescaling', { scale: 0.5, offset: -0.2 }),
  of([4, 5, 3], 'Rescaling', { scale: [0.5, 2, 3], offset: [0, 0.1, 0.2] }),
  of([4, 3], 'Normalization', { axis: [2], mean: [0.1, 0.2, 0.3], variance: [1, 2, 3] }),
  of([4, 3], 'Normalization', { axis: [2], mean: [0.1, 0.2, 0.3], variance: [1, 2, 3], invert: true }),
  of([7, 2], 'Cropping1D', { cropping: [1, 2] }),
  of([5, 2], 'ZeroPadding1D', { padding: 2 }),
  of([5, 6, 2], 'Cropping2D', {
    cropping: [
      [1, 0],
      [2, 1],
    ],
  }),
  of([4, 5, 2], 'ZeroPadding2D', {
    padding: [
      [1, 0],
      [2, 3],
    ],
  }),
  of([5, 3], 'ReLU', { max_value: 0.7 }),
  of([5, 3], 'ReLU', { max_value: 0.7, negative_slope: 0.2, threshold: 0.3 }),
  of([5, 3], 'ReLU', { threshold: 0.3 }),
  of([5, 3], 'LeakyReLU', { alpha: 0.2 }),
  of([5, 3], 'ELU', { alpha: 1 }),
  of([6, 7, 2], 'Conv2D', { filters: 4, kernel_size: [3, 3], groups: 2 }, { kernel: [3, 3, 1, 4], bias: [4] }),
  of([5, 3], 'PReLU', { shared_axes: [1] }, { alpha: [1, 3] }),
  of([5, 3], 'ELU', { alpha: 0.4 }),
  of([5, 3], 'Softmax', { axis: -1 }),
  of([5, 3], 'Softmax', { axis: 1 }),
  ...['relu', 'relu6', 'sigmoid', 'tanh', 'softmax', 'linear', 'elu', 'selu', 'softplus', 'softsign'].map(activation),
  ...['swish', 'silu', 'hard_sigmoid', 'hard_silu', 'hard_swish', 'gelu', 'mish', 'leaky_relu', 'exponential'].map(activation),
  of([4, 5, 3], 'Flatten'),
  of([4, 3], 'Reshape', { target_shape: [2, 3, 2] }),
  of([4, 3], 'Reshape', { target_shape: [2, 3, -1] }),
  of([4, 3, 2], 'Permute', { dims: [3, 1, 2] }),
  ...['Dropout', 'SpatialDropout1D', 'GaussianDropout', 'AlphaDropout'].map((kind) => of([5, 3], kind, { rate: 0.5 })),
  of([4, 5, 3], 'SpatialDropout2D', { rate: 0.5 }),
  ...['ActivityRegularization', 'Identity', 'RandomFlip', 'RandomRotation', 'RandomZoom'].map((kind) => of([4, 5, 3], kind)),
  ...['RandomTranslation', 'RandomContrast', 'RandomBrightness', 'RandomShear'].map((kind) => of([4, 5, 3], kind)),
  of([5, 3], 'GaussianNoise', { stddev: 0.5 }),
];

const merges = ['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate'];
const refused: Case[] = [
  of(
    [2, 6, 7],
    'Conv2D',
    { filters: 4, kernel_size: [3, 3], data_format: 'channels_first' },
    { kernel: [3, 3, 2, 4], bias: [4] },
  ),
];

let loaded: LoadedTensorFlow;
let backends: readonly EngineBackend[];
beforeAll(async () => {
  loaded = await loadTensorFlow();
  backends = loaded.backends;
});

const flatten: LayerFixture = { class_name: 'Flatten', config: { name: 'flatten' } };
const dense = (units: number): LayerFixture => ({
  class_name: 'Dense',
  config: { name: 'head', units: 3, activation: 'softmax' },
  weights: { kernel: [units, 3], bias: [3] },
});

/** The tested layers between a model's input and a head of three classes. */
async function fixtureOf({ shape, layers }: Case): Promise<ModelFixture> {
  const bare = await readModel({
    files: tfjsFiles(sequentialFixture(shape, [...layers, flatten])),
    name: 'bare',
    output: 'probabilities',
  });
  // TensorFlow.js flattens nothing that is flat already.
  const flat = bare.layers[0]?.shape.length === 1;
  return sequentialFixture(shape, [...layers, ...(flat ? [] : [flatten]), dense(bare.output.classes)]);
}

const files = {
  'TF.js': (fixture: ModelFixture) => Promise.resolve(tfjsFiles(fixture)),
  'Keras HDF5': async (fixture: ModelFixture) => [{ name: 'model.h5', bytes: await hdf5Bytes(fixture) }],
};

/** Three different samples: gradients in one batch, each alone, and of the engine onnxruntime. */
async function compare(fixture: ModelFixture, shape: readonly number[], format: keyof typeof files): Promise<void> {
  const model = await readModel({ files: await files[format](fixture), name: 'fixture' });
  const inputs = samplesFor({ inputShape: shape }, 3, 5);
  const classes = Int32Array.of(0, 2, 1);
  const reference = await createEngine({ model, name: 'onnxruntime', threads: 1 });
  const expected = await reference.gradient({ inputs, classes, wrt: 'input' });
  const outputs = await reference.predict(inputs);
  const attributed = ruled(model) ? await attributionsOf(reference, inputs, classes) : undefined;
  await reference.close();
  if (attributed !== undefined) {
    const engine = await createEngine({ model, name: 'tensorflow' });
    // A quotient of two small differences magnifies the last bits of activations.
    expect(relativeError(await attributionsOf(engine, inputs, classes), attributed)).toBeLessThan(2e-4);
    await engine.close();
  }
  if (model.keras === undefined) throw new Error('A Keras model has a Keras source.');
  const network = await loadNetwork(loaded.tf, model.keras);
  for (const backend of backends) {
    const context = { tf: loaded.tf, backend, network, model: describeModel(model), batchSize: 3 };
    const found = await gradient(context, { inputs, classes, wrt: 'input' });
    // float32 sums of some hundred products, of values up to some units.
    expect(absoluteError((await predict(context, inputs)).data, outputs.data)).toBeLessThan(2e-6);
    expect([backend, relativeError(gradientOf(found), gradientOf(expected)) < 2e-5]).toEqual([backend, true]);
    // TensorFlow's library sums in another order where the batch is another.
    for (let sample = 0; sample < 3; sample++) {
      const alone = await gradient(
        { ...context, batchSize: 1 },
        { inputs: pick(inputs, [sample]), classes: classes.slice(sample, sample + 1), wrt: 'input' },
      );
      const size = inputs.data.length / 3;
      const together = gradientOf(found).subarray(sample * size, (sample + 1) * size);
      expect([backend, sample, relativeError(together, gradientOf(alone)) < 1e-5]).toEqual([backend, sample, true]);
    }
  }
  network.dispose();
}

function ruled(model: Model): boolean {
  try {
    for (const engine of engineNames) assertDeepLift(engine, model);
    return true;
  } catch {
    return false;
  }
}

async function attributionsOf(engine: Engine, inputs: Tensor, classes: Int32Array<ArrayBuffer>): Promise<Float32Array> {
  const references = samplesFor({ inputShape: inputs.shape.slice(1) }, 4, 6);
  const deepLift = await engine.deepLift(references);
  const { attributions } = await deepLift.attribute({ inputs, classes });
  await deepLift.close();
  return attributions.data;
}

const gradientOf = ([answer]: readonly { readonly gradient: { readonly data: Float32Array } }[]): Float32Array =>
  answer?.gradient.data ?? new Float32Array();

describe.each(Object.keys(files) as (keyof typeof files)[])(
  'the gradients of several samples in one batch, from %s',
  (format) => {
    it.each(cases)('$title', async (own) => {
      await compare(await fixtureOf(own), own.shape, format);
    });

    it.each(merges)('%s', async (class_name) => {
      await compare(mergeFixture(class_name), [5, 2], format);
    });

    it.each(refused)('$title is refused before the engine is loaded', async (own) => {
      const model = await readModel({ files: await files[format](await fixtureOf(own)), name: 'fixture' });
      expect(() => {
        assertExecutable('tensorflow', model);
      }).toThrow(expect.objectContaining({ code: 'OPERATION_UNSUPPORTED' }));
      await expect(createEngine({ model, name: 'tensorflow' })).rejects.toMatchObject({ code: 'OPERATION_UNSUPPORTED' });
    });
  },
);

/** Two convolutions of the input, put together by the tested layer. */
function mergeFixture(class_name: string): ModelFixture {
  const convolve = (name: string) => ({
    from: ['the_input'],
    class_name: 'Conv1D',
    config: { name, filters: 3, kernel_size: [1] },
    weights: { kernel: [1, 2, 3], bias: [3] },
  });
  return functionalFixture(
    [5, 2],
    [
      ...['a', 'b'].map(convolve),
      { from: ['a', 'b'], class_name, config: { name: 'merged' } },
      { ...flatten, from: ['merged'] },
      { ...dense(class_name === 'Concatenate' ? 30 : 15), from: ['flatten'] },
    ],
  );
}

it('is tested for every class of layers that it computes, here or on what Keras saved', () => {
  const tested = cases.flatMap(({ layers }) => layers.map(({ class_name }) => class_name));
  // keras-goldens.tensorflow.test.ts: predictions and gradients of two samples.
  const covered = new Set([...tested, ...classesSaved(), ...merges]);
  // Random layers do nothing when a model predicts, and have no gradient of their own.
  const others = [...layerImports.keys()].filter((name) => !covered.has(name) && !isPassive(name));
  expect(others.filter((name) => refusalOf(name, {}) === undefined)).toEqual([]);
});
