import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../src/builder.js';
import { isPassive, layerImports } from '../src/keras/layers/registry.js';
import type { Model } from '../src/model.js';
import { readModel } from './reference/read-model.js';
import { noiseArray } from './reference/array.js';
import { channelsFirst, channelsLast } from './reference/channels.js';
import { relativeDifference } from './reference/compare.js';
import { valueIn } from './reference/interpret.js';
import { runKerasLayer } from './reference/keras-layers.js';
import { functionalFixture, sequentialFixture, tfjsFiles, type LayerFixture } from './reference/keras-models.js';
import { hdf5Bytes } from './reference/keras-hdf5.js';
import { runOnnx } from './reference/onnxruntime.js';
import { classesSaved } from './reference/keras-goldens.js';

interface Case {
  readonly shape: readonly number[];
  readonly layer: LayerFixture;
}

const layer = (
  shape: number[],
  class_name: string,
  config: Record<string, unknown> = {},
  weights: Record<string, number[]> = {},
): Case => ({
  shape,
  layer: { class_name, config: { name: 'tested', ...config }, weights },
});
const conv1 = (config: Record<string, unknown>, kernel = [3, 2, 4], shape = [9, 2]) =>
  layer(shape, 'Conv1D', { filters: 4, kernel_size: [kernel[0]], ...config }, { kernel, bias: [4] });
const conv2 = (config: Record<string, unknown>, kernel = [3, 3, 2, 4], shape = [6, 7, 2]) =>
  layer(shape, 'Conv2D', { filters: 4, kernel_size: kernel.slice(0, 2), ...config }, { kernel, bias: [4] });
const activations = [
  ...['relu', 'relu6', 'sigmoid', 'tanh', 'softmax', 'linear', 'elu', 'selu', 'softplus', 'swish'],
  ...['hard_sigmoid', 'hard_swish', 'leaky_relu', 'softsign', 'exponential', 'mish'],
];

const cases: Case[] = [
  conv1({ padding: 'same', activation: 'relu' }),
  conv1({ padding: 'same', strides: [2] }),
  conv1({ padding: 'same', strides: [2] }, [4, 2, 4], [10, 2]),
  conv1({ padding: 'causal', dilation_rate: [2] }),
  conv1({ padding: 'valid', strides: [2], activation: 'tanh' }),
  conv1({ padding: 'same', groups: 2 }, [3, 1, 4]),
  conv2({ padding: 'same', strides: [2, 2], activation: 'relu' }),
  conv2({ padding: 'same', strides: [2, 3] }, [2, 4, 2, 4]),
  conv2({ padding: 'valid', dilation_rate: [2, 1] }),
  layer([6, 7, 2], 'Conv2D', { filters: 3, kernel_size: 2, use_bias: false }, { kernel: [2, 2, 2, 3] }),
  layer(
    [6, 7, 2],
    'DepthwiseConv2D',
    { kernel_size: [3, 3], padding: 'same', strides: [2, 2], depth_multiplier: 2, activation: 'relu6' },
    { depthwise_kernel: [3, 3, 2, 2], bias: [4] },
  ),
  layer(
    [6, 7, 2],
    'SeparableConv2D',
    { filters: 3, kernel_size: [3, 2], padding: 'same' },
    { depthwise_kernel: [3, 2, 2, 1], pointwise_kernel: [1, 1, 2, 3], bias: [3] },
  ),
  layer(
    [8, 2],
    'SeparableConv1D',
    { filters: 3, kernel_size: [3], depth_multiplier: 2 },
    { depthwise_kernel: [3, 2, 2], pointwise_kernel: [1, 4, 3], bias: [3] },
  ),
  layer([7], 'Dense', { units: 3, activation: 'softmax' }, { kernel: [7, 3], bias: [3] }),
  layer([5, 4], 'Dense', { units: 3, use_bias: false, activation: 'softmax' }, { kernel: [4, 3] }),
  layer([4, 5, 2], 'Dense', { units: 3 }, { kernel: [2, 3], bias: [3] }),
  ...['MaxPooling', 'AveragePooling'].flatMap((name) => [
    layer([9, 2], `${name}1D`, { pool_size: [2] }),
    layer([9, 2], `${name}1D`, { pool_size: 3, strides: 2, padding: 'same' }),
    layer([7, 6, 2], `${name}2D`, { pool_size: [2, 2], strides: [2, 2], padding: 'valid' }),
    layer([7, 6, 2], `${name}2D`, { pool_size: [3, 2], strides: [2, 1], padding: 'same' }),
  ]),
  ...['GlobalMaxPooling', 'GlobalAveragePooling'].flatMap((name) => [layer([5, 3], `${name}1D`), layer([4, 5, 3], `${name}2D`)]),
  layer(
    [5, 3],
    'BatchNormalization',
    { axis: [2], epsilon: 0.01 },
    { gamma: [3], beta: [3], moving_mean: [3], moving_variance: [3] },
  ),
  layer([4, 5, 3], 'BatchNormalization', { scale: false }, { beta: [3], moving_mean: [3], moving_variance: [3] }),
  layer([6], 'BatchNormalization', { axis: 1, center: false }, { gamma: [6], moving_mean: [6], moving_variance: [6] }),
  ...activations.map((activation) => layer([5, 3], 'Activation', { activation })),
  layer([5, 3], 'ReLU'),
  layer([5, 3], 'ReLU', { max_value: 0.5, negative_slope: 0, threshold: 0 }),
  layer([5, 3], 'ReLU', { max_value: null, negative_slope: 0.1 }),
  layer([5, 3], 'ReLU', { max_value: 0.5, negative_slope: 0.1, threshold: 0 }),
  layer([5, 3], 'ReLU', { max_value: 0.8, negative_slope: 0.2, threshold: 0.3 }),
  layer([5, 3], 'ReLU', { max_value: null, negative_slope: 0, threshold: 0.3 }),
  layer([5, 3], 'PReLU', { shared_axes: [1] }, { alpha: [1, 3] }),
  layer([4, 5, 3], 'PReLU', { shared_axes: null }, { alpha: [4, 5, 3] }),
  layer([6], 'PReLU', {}, { alpha: [6] }),
  layer([4, 5, 3], 'Rescaling', { scale: 1 / 127.5, offset: -1 }),
  layer([4, 5, 3], 'Rescaling', { scale: [2, 3, 4], offset: [1, 0, -1] }),
  layer([4, 5, 3], 'Normalization', { axis: [3], mean: [0.1, 0.2, 0.3], variance: [1, 2, 0] }),
  layer([4, 5, 3], 'Normalization', { axis: [-1] }, { mean: [3], variance: [3] }),
  layer([4, 5, 3], 'LayerNormalization', { axis: [3], epsilon: 1e-3 }, { gamma: [3], beta: [3] }),
  layer([6], 'LayerNormalization', { axis: -1, epsilon: 1e-3 }, { gamma: [6], beta: [6] }),
  layer([5, 2], 'DepthwiseConv1D', { kernel_size: [3], padding: 'same' }, { depthwise_kernel: [3, 2, 1], bias: [2] }),
  layer(
    [5, 2],
    'Conv1DTranspose',
    { filters: 3, kernel_size: [4], strides: [2], padding: 'same' },
    { kernel: [4, 3, 2], bias: [3] },
  ),
  ...(['same', 'valid'] as const).map((padding) =>
    layer(
      [4, 5, 2],
      'Conv2DTranspose',
      { filters: 3, kernel_size: [3, 2], strides: [2, 3], padding, activation: 'relu' },
      { kernel: [3, 2, 3, 2], bias: [3] },
    ),
  ),
  layer([7, 2], 'Cropping1D', { cropping: [1, 2] }),
  layer([5, 6, 2], 'Cropping2D', {
    cropping: [
      [1, 0],
      [2, 1],
    ],
  }),
  layer([4, 2], 'UpSampling1D', { size: 3 }),
  ...['nearest', 'bilinear'].flatMap((interpolation) => [
    layer([3, 4, 2], 'UpSampling2D', { size: [2, 3], interpolation }),
    layer([5, 7, 2], 'Resizing', { height: 7, width: 4, interpolation }),
  ]),
  layer([5, 3], 'LeakyReLU', { alpha: 0.2 }),
  layer([5, 3], 'LeakyReLU'),
  layer([5, 3], 'ELU', { alpha: 0.5 }),
  layer([5, 3], 'Softmax', { axis: -1 }),
  layer([4, 5, 3], 'Flatten'),
  layer([5, 1], 'Flatten'),
  layer([6], 'Flatten'),
  layer([12], 'Reshape', { target_shape: [4, 3] }),
  layer([4, 3], 'Reshape', { target_shape: [2, 3, -1] }),
  layer([4, 3, 2], 'Reshape', { target_shape: [24] }),
  layer([4, 3], 'Permute', { dims: [2, 1] }),
  layer([4, 3, 2], 'Permute', { dims: [3, 1, 2] }),
  layer([5, 2], 'ZeroPadding1D', { padding: 2 }),
  layer([5, 2], 'ZeroPadding1D', { padding: [1, 2] }),
  layer([4, 5, 2], 'ZeroPadding2D', {
    padding: [
      [1, 0],
      [2, 3],
    ],
  }),
  layer([4, 5, 2], 'ZeroPadding2D', { padding: [1, 2] }),
  layer([5, 3], 'Dropout', { rate: 0.5 }),
  layer([5, 3], 'SpatialDropout1D', { rate: 0.5 }),
  layer([5, 3], 'GaussianNoise', { stddev: 0.5 }),
];

/** A model that is the tested layer and a small head, since a model must end in `[n, classes]`. */
function modelOf({ shape, layer: tested }: Case, flatUnits: number) {
  return sequentialFixture(shape, [
    tested,
    { class_name: 'Flatten', config: { name: 'flatten' } },
    { class_name: 'Dense', config: { name: 'head', units: 2 }, weights: { kernel: [flatUnits, 2], bias: [2] } },
  ]);
}

describe('a Keras layer does in ONNX Runtime what Keras documents', () => {
  it.each(
    cases.map((own) => ({
      ...own,
      title: `${own.layer.class_name} on [${own.shape.join(', ')}] ${JSON.stringify({ ...own.layer.config, name: undefined })}`,
    })),
  )('$title', async (own) => {
    const x = noiseArray([2, ...own.shape], 21);
    // The weights do not depend on the head's size.
    const probe = modelOf(own, 1);
    const expected = runKerasLayer(own.layer, probe.weights, x);
    const units = expected.data.length / 2;
    const fixture = modelOf(own, units);
    // A TF.js file has TensorFlow.js's definitions.
    const model = await readModel({ files: [{ name: 'model.h5', bytes: await hdf5Bytes(fixture) }], name: 'fixture' });
    const [tested, flatten] = model.layers;
    expect(tested).toMatchObject({ name: 'tested', kind: own.layer.class_name, shape: expected.shape.slice(1) });
    const builder = GraphBuilder.from(model.graph);
    if (tested?.value !== model.input.name) builder.output(tested?.value ?? '', 'layer');
    builder.output(flatten?.value ?? '', 'flat');
    const values = await runOnnx(builder.build(), { [model.input.name]: channelsFirst(x) });
    // float32 sums of up to 20 products.
    if (tested?.value !== model.input.name)
      expect(relativeDifference(channelsLast(valueIn(values, 'layer')), expected)).toBeLessThan(2e-6);
    expect(relativeDifference(valueIn(values, 'flat'), { shape: [2, units], data: expected.data })).toBeLessThan(2e-6);
  });
});

describe('a layer that takes several inputs', () => {
  const convolve = (name: string) => ({
    from: ['the_input'],
    class_name: 'Conv1D',
    config: { name, filters: 3, kernel_size: [1] },
    weights: { kernel: [1, 2, 3], bias: [3] },
  });
  it.each(['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum'])('%s', async (class_name) => {
    const inputs = class_name === 'Subtract' ? ['a', 'b'] : ['a', 'b', 'c'];
    const fixture = functionalFixture(
      [5, 2],
      [
        ...['a', 'b', 'c'].map(convolve),
        { from: inputs, class_name, config: { name: 'merged' } },
        { from: ['merged'], class_name: 'Flatten', config: { name: 'flatten' } },
      ],
    );
    const x = noiseArray([2, 5, 2], 3);
    const branches = inputs.map((name) => runKerasLayer(convolve(name), fixture.weights, x));
    const expected = runKerasLayer({ class_name, config: {} }, [], ...branches);
    const files = tfjsFiles(fixture);
    const model = await readModel({ files, name: 'fixture', output: 'probabilities' });
    const found = valueIn(await runOnnx(model.graph, { [model.input.name]: channelsFirst(x) }), model.output.name);
    expect(relativeDifference(found, { shape: [2, 15], data: expected.data })).toBeLessThan(2e-6);
  });
});

describe('a model with channels first', () => {
  const layers = (order: string): LayerFixture[] => [
    {
      class_name: 'Conv2D',
      config: { name: 'conv', filters: 4, kernel_size: [3, 3], padding: 'same', data_format: order },
      weights: { kernel: [3, 3, 2, 4], bias: [4] },
    },
    {
      class_name: 'BatchNormalization',
      config: { name: 'norm', axis: order === 'channels_first' ? 1 : 3 },
      weights: { gamma: [4], beta: [4], moving_mean: [4], moving_variance: [4] },
    },
    {
      class_name: 'PReLU',
      config: { name: 'prelu', shared_axes: order === 'channels_first' ? [2, 3] : [1, 2] },
      weights: { alpha: order === 'channels_first' ? [4, 1, 1] : [1, 1, 4] },
    },
    { class_name: 'MaxPooling2D', config: { name: 'pool', pool_size: [2, 2], data_format: order } },
    { class_name: 'Flatten', config: { name: 'flatten', data_format: order } },
    { class_name: 'Dense', config: { name: 'dense', units: 3, activation: 'softmax' }, weights: { kernel: [24, 3], bias: [3] } },
  ];

  it('is the same model as one with channels last, and is presented channels last', async () => {
    const [first, last] = await Promise.all(
      [sequentialFixture([2, 4, 6], layers('channels_first')), sequentialFixture([4, 6, 2], layers('channels_last'))].map(
        (fixture) => readModel({ files: tfjsFiles(fixture), name: 'fixture' }),
      ),
    );
    expect(first?.input.shape).toEqual([4, 6, 2]);
    expect(first?.graph).toEqual(last?.graph);
    // A weight with positions, as PReLU's, has its channels where the data has them.
    const described = (model: Model | undefined) =>
      model?.layers.map(({ weights, ...layer }) => ({ ...layer, weights: weights.map(({ name }) => name) }));
    expect(described(first)).toEqual(described(last));
  });
});

describe('the cases', () => {
  it('cover every class of one input, here or by what Keras saved', () => {
    const covered = new Set([...cases.map((own) => own.layer.class_name), ...classesSaved()]);
    const merging = ['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate'];
    // Two names of one class; two dimensions stand for all three.
    const others = [
      'GroupedQueryAttention',
      'AdaptiveMaxPooling2D',
      'AdaptiveMaxPooling3D',
      'AdaptiveAveragePooling1D',
      'AdaptiveAveragePooling3D',
    ];
    expect(
      [...layerImports.keys()].filter((name) => ![...covered, ...merging, ...others].includes(name) && !isPassive(name)),
    ).toEqual([]);
  });
});
