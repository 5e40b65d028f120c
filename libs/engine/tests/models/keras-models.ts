import { batchNormalization, convolution, dense, type KerasLayer, type KerasWeight, plain } from './keras-layers.js';

export interface KerasModel {
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly topology: unknown;
  readonly weights: readonly KerasWeight[];
  /** Layers that tests take activations and gradients of. */
  readonly probes: readonly string[];
}

/** The architecture of the report's 1-D classifier. */
export const report1d = sequential(
  'report1d',
  [40, 1],
  ['conv1d_2', 'conv1d'],
  [
    convolution({ name: 'conv1d', from: 1, filters: 25, kernel: [5], activation: 'relu' }),
    convolution({ name: 'conv1d_1', from: 25, filters: 25, kernel: [3], activation: 'relu' }),
    convolution({ name: 'conv1d_2', from: 25, filters: 25, kernel: [3], activation: 'relu' }),
    plain('Flatten', 'flatten'),
    dense('dense', 1000, 10, 'softmax'),
  ],
);

/** A small VGG: convolutions, max-pooling, global average pooling. */
export const vgg = sequential(
  'vgg',
  [16, 12, 3],
  ['conv2d_1', 'conv2d_3'],
  [
    convolution({ name: 'conv2d', from: 3, filters: 8, kernel: [3, 3], activation: 'relu' }),
    convolution({ name: 'conv2d_1', from: 8, filters: 8, kernel: [3, 3], activation: 'relu' }),
    plain('MaxPooling2D', 'max_pooling2d', { pool_size: [2, 2], strides: [2, 2], padding: 'valid' }),
    convolution({ name: 'conv2d_2', from: 8, filters: 16, kernel: [3, 3], activation: 'relu' }),
    convolution({ name: 'conv2d_3', from: 16, filters: 16, kernel: [3, 3], activation: 'relu' }),
    plain('MaxPooling2D', 'max_pooling2d_1', { pool_size: [2, 2], strides: [2, 2], padding: 'valid' }),
    plain('GlobalAveragePooling2D', 'global_average_pooling2d'),
    dense('dense', 16, 5, 'softmax'),
  ],
);

/** Strides, `same` padding at odd extents, batch normalisation, average pooling, overlapping max-pooling, other activations. */
export const strided = sequential(
  'strided',
  [17, 15, 2],
  ['activation', 'average_pooling2d', 'conv2d_1'],
  [
    convolution({ name: 'conv2d', from: 2, filters: 6, kernel: [3, 3], strides: [2, 2], bias: false }),
    batchNormalization('batch_normalization', 6),
    plain('Activation', 'activation', { activation: 'relu' }),
    plain('AveragePooling2D', 'average_pooling2d', { pool_size: [2, 2], strides: [1, 1], padding: 'same' }),
    convolution({ name: 'conv2d_1', from: 6, filters: 8, kernel: [2, 3], padding: 'valid', activation: 'tanh' }),
    plain('MaxPooling2D', 'max_pooling2d', { pool_size: [3, 3], strides: [2, 2], padding: 'valid' }),
    plain('Flatten', 'flatten'),
    dense('dense', 48, 12, 'sigmoid'),
    plain('Dropout', 'dropout', { rate: 0.5 }),
    dense('dense_1', 12, 4, 'softmax'),
  ],
);

/** Branches that are added and concatenated. */
export const branched = functional(
  'branched',
  [24, 2],
  ['first', 'added', 'joined'],
  [
    [plain('InputLayer', 'input', { batch_input_shape: [null, 24, 2], dtype: 'float32' }), []],
    [convolution({ name: 'first', from: 2, filters: 6, kernel: [5], activation: 'relu' }), ['input']],
    [convolution({ name: 'second', from: 6, filters: 6, kernel: [3] }), ['first']],
    [plain('Add', 'add'), ['first', 'second']],
    [plain('Activation', 'added', { activation: 'relu' }), ['add']],
    [convolution({ name: 'third', from: 6, filters: 4, kernel: [3], activation: 'relu' }), ['added']],
    [plain('Concatenate', 'joined', { axis: -1 }), ['added', 'third']],
    [plain('MaxPooling1D', 'max_pooling1d', { pool_size: [2], strides: [2], padding: 'valid' }), ['joined']],
    [plain('GlobalAveragePooling1D', 'global_average_pooling1d'), ['max_pooling1d']],
    [dense('dense', 10, 3, 'softmax'), ['global_average_pooling1d']],
  ],
);

/** A volume of odd extents, which the engine tensorflow does not take. */
export const volume = sequential(
  'volume',
  [5, 8, 7, 2],
  ['conv3d', 'conv3d_1'],
  [
    convolution({ name: 'conv3d', from: 2, filters: 6, kernel: [3, 3, 3], activation: 'relu' }),
    plain('MaxPooling3D', 'max_pooling3d', { pool_size: [2, 2, 2], strides: [2, 2, 2], padding: 'valid' }),
    convolution({ name: 'conv3d_1', from: 6, filters: 8, kernel: [2, 3, 3], activation: 'relu' }),
    plain('GlobalAveragePooling3D', 'global_average_pooling3d'),
    dense('dense', 8, 4, 'softmax'),
  ],
);

export const kerasModels = [report1d, vgg, strided, branched];

export function sequential(
  name: string,
  inputShape: readonly number[],
  probes: readonly string[],
  layers: readonly KerasLayer[],
): KerasModel {
  const configs = layers.map(({ class_name, config }, index) => ({
    class_name,
    config: index === 0 ? { ...config, batch_input_shape: [null, ...inputShape], dtype: 'float32' } : config,
  }));
  return {
    name,
    inputShape,
    probes,
    topology: { class_name: 'Sequential', config: { name, layers: configs } },
    weights: layers.flatMap((layer) => layer.weights),
  };
}

function functional(
  name: string,
  inputShape: readonly number[],
  probes: readonly string[],
  layers: readonly (readonly [KerasLayer, readonly string[]])[],
): KerasModel {
  const configs = layers.map(([{ class_name, config }, inputs]) => ({
    class_name,
    name: config.name,
    config,
    inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
  }));
  return {
    name,
    inputShape,
    probes,
    topology: {
      class_name: 'Functional',
      config: { name, layers: configs, input_layers: [['input', 0, 0]], output_layers: [[configs.at(-1)?.name, 0, 0]] },
    },
    weights: layers.flatMap(([layer]) => layer.weights),
  };
}
