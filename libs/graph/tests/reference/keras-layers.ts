import { arrayOf, at, build, sizeOf, type NdArray } from './array.js';
import type { LayerFixture, WeightFixture } from './keras-models.js';
import { positionLayers } from './keras-positions.js';
import {
  activated,
  biased,
  convolution,
  depthwise,
  globalPooling,
  type KerasLayer,
  list,
  mean,
  pooling,
  separable,
} from './keras-windows.js';

const elementwise =
  (f: (values: readonly number[]) => number): KerasLayer =>
  (_config, _weight, ...inputs) =>
    arrayOf(first(inputs).shape, (i) => f(inputs.map(({ data }) => data[i] ?? 0)));

const first = (inputs: readonly NdArray[]): NdArray => inputs[0] ?? arrayOf([0], []);

const reshape: KerasLayer = (config, _, x) => {
  const target = list(config.target_shape);
  const known = target.filter((extent) => extent !== -1).reduce((a, b) => a * b, x.shape[0] ?? 1);
  return { shape: [x.shape[0] ?? 1, ...target.map((extent) => (extent === -1 ? x.data.length / known : extent))], data: x.data };
};

/** Channels-last layers by brute force, from Keras's documentation. */
const kerasLayers: Readonly<Record<string, KerasLayer>> = {
  Conv1D: convolution,
  Conv2D: convolution,
  DepthwiseConv1D: (config, weight, x) => activated(biased(config, weight, depthwise(config, weight, x)), config.activation),
  DepthwiseConv2D: (config, weight, x) => activated(biased(config, weight, depthwise(config, weight, x)), config.activation),
  SeparableConv1D: separable,
  SeparableConv2D: separable,
  Dense: (config, weight, x) => {
    const kernel = weight('kernel');
    const out = build([...x.shape.slice(0, -1), kernel.shape[1] ?? 1], (index) => {
      const unit = index.at(-1) ?? 0;
      return Array.from({ length: kernel.shape[0] ?? 0 }, (_, c) => at(x, index.with(-1, c)) * at(kernel, [c, unit])).reduce(
        (sum, value) => sum + value,
        0,
      );
    });
    return activated(biased(config, weight, out), config.activation);
  },
  MaxPooling1D: pooling((values) => Math.max(...values)),
  MaxPooling2D: pooling((values) => Math.max(...values)),
  AveragePooling1D: pooling(mean),
  AveragePooling2D: pooling(mean),
  GlobalMaxPooling1D: globalPooling((values) => Math.max(...values)),
  GlobalMaxPooling2D: globalPooling((values) => Math.max(...values)),
  GlobalAveragePooling1D: globalPooling(mean),
  GlobalAveragePooling2D: globalPooling(mean),
  BatchNormalization: (config, weight, x) =>
    build(x.shape, (index) => {
      const c = [index.at(-1) ?? 0];
      const scale = config.scale === false ? 1 : at(weight('gamma'), c);
      const shift = config.center === false ? 0 : at(weight('beta'), c);
      return (
        ((at(x, index) - at(weight('moving_mean'), c)) /
          Math.sqrt(at(weight('moving_variance'), c) + Number(config.epsilon ?? 1e-3))) *
          scale +
        shift
      );
    }),
  Activation: (config, _, x) => activated(x, config.activation),
  ReLU: (config, _, x) => {
    const [slope, threshold] = [Number(config.negative_slope ?? 0), Number(config.threshold ?? 0)];
    const relu = (v: number) => (v > threshold ? Math.min(v, Number(config.max_value ?? Infinity)) : slope * (v - threshold));
    return arrayOf(x.shape, x.data.map(relu));
  },
  LeakyReLU: (config, _, x) =>
    arrayOf(
      x.shape,
      x.data.map((v) => (v < 0 ? Number(config.alpha ?? 0.3) * v : v)),
    ),
  ELU: (config, _, x) =>
    arrayOf(
      x.shape,
      x.data.map((v) => (v < 0 ? Number(config.alpha ?? 1) * Math.expm1(v) : v)),
    ),
  Softmax: (_config, _weight, x) => activated(x, 'softmax'),
  Flatten: (_config, _weight, x) => ({ shape: [x.shape[0] ?? 1, sizeOf(x.shape.slice(1))], data: x.data }),
  Reshape: reshape,
  Permute: (config, _, x) => {
    const perm = [0, ...list(config.dims)];
    return build(
      perm.map((axis) => x.shape[axis] ?? 1),
      (index) =>
        at(
          x,
          x.shape.map((_extent, axis) => index[perm.indexOf(axis)] ?? 0),
        ),
    );
  },
  ZeroPadding1D: (config, _, x) =>
    padded(x, [Array.isArray(config.padding) ? list(config.padding) : [Number(config.padding), Number(config.padding)]]),
  ZeroPadding2D: (config, _, x) =>
    padded(
      x,
      Array.isArray(config.padding)
        ? config.padding.map((own) => (Array.isArray(own) ? list(own) : [Number(own), Number(own)]))
        : [0, 1].map(() => [Number(config.padding), Number(config.padding)]),
    ),
  Dropout: (_config, _weight, x) => x,
  SpatialDropout1D: (_config, _weight, x) => x,
  GaussianNoise: (_config, _weight, x) => x,
  ...positionLayers,
  Add: elementwise((values) => values.reduce((a, b) => a + b, 0)),
  Subtract: elementwise(([a = 0, b = 0]) => a - b),
  Multiply: elementwise((values) => values.reduce((a, b) => a * b, 1)),
  Average: elementwise(mean),
  Maximum: elementwise((values) => Math.max(...values)),
  Minimum: elementwise((values) => Math.min(...values)),
  Concatenate: (config, _, ...inputs) => {
    const axis = Number(config.axis ?? -1) < 0 ? first(inputs).shape.length + Number(config.axis ?? -1) : Number(config.axis);
    const total = inputs.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
    return build(first(inputs).shape.with(axis, total), (index) => {
      let position = index[axis] ?? 0;
      for (const input of inputs) {
        if (position < (input.shape[axis] ?? 0)) return at(input, index.with(axis, position));
        position -= input.shape[axis] ?? 0;
      }
      return Number.NaN;
    });
  },
};

function padded(x: NdArray, borders: readonly number[][]): NdArray {
  const shape = x.shape.map((extent, axis) => extent + (borders[axis - 1]?.reduce((a, b) => a + b, 0) ?? 0));
  return build(shape, (index) => {
    const source = index.map((position, axis) => position - (borders[axis - 1]?.[0] ?? 0));
    return source.every((position, axis) => position >= 0 && position < (x.shape[axis] ?? 0)) ? at(x, source) : 0;
  });
}

/** Runs a layer with its weights from the file. */
export function runKerasLayer(layer: LayerFixture, weights: readonly WeightFixture[], ...inputs: NdArray[]): NdArray {
  const run = kerasLayers[layer.class_name];
  if (run === undefined) throw new Error(`no reference for ${layer.class_name}`);
  return run(
    layer.config,
    (role) => {
      const weight = weights.find(({ name }) => name === `${String(layer.config.name)}/${role}:0`);
      if (weight === undefined) throw new Error(`no weight ${role}`);
      return arrayOf(weight.shape, weight.data);
    },
    ...inputs,
  );
}
