import { arrayOf, at, build, indicesOf, sizeOf, type NdArray } from './array.js';
import type { LayerFixture, WeightFixture } from './keras-models.js';

type Config = Readonly<Record<string, unknown>>;
type Weight = (role: string) => NdArray;
export type KerasLayer = (config: Config, weight: Weight, ...inputs: NdArray[]) => NdArray;

const list = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : [Number(value)]);
const first = (inputs: readonly NdArray[]): NdArray => inputs[0] ?? arrayOf([0], []);

const functions: Record<string, (x: number) => number> = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softplus: (x) => Math.log1p(Math.exp(x)),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  swish: (x) => x / (1 + Math.exp(-x)),
};

export function activated(x: NdArray, name: unknown): NdArray {
  if (name !== 'softmax') return arrayOf(x.shape, x.data.map(functions[typeof name === 'string' ? name : 'linear'] ?? Number));
  const channels = x.shape.at(-1) ?? 1;
  const exps = x.data.map(Math.exp);
  return arrayOf(
    x.shape,
    exps.map((value, i) => value / exps.slice(i - (i % channels), i - (i % channels) + channels).reduce((sum, e) => sum + e, 0)),
  );
}

/**
 * TensorFlow's windows (tf.nn.convolution): `same` gives ⌈length/stride⌉ outputs with the smaller half of the padding first,
 * `valid` ⌈(length − reach + 1)/stride⌉, `causal` pads reach − 1 in front.
 */
function windowsOf(
  positions: readonly number[],
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
  padding: unknown,
) {
  const reach = kernel.map((extent, axis) => (extent - 1) * (dilations[axis] ?? 1) + 1);
  const out = positions.map((length, axis) =>
    Math.ceil((padding === 'valid' ? length - (reach[axis] ?? 1) + 1 : length) / (strides[axis] ?? 1)),
  );
  const before = positions.map((length, axis) => {
    if (padding === 'valid') return 0;
    if (padding === 'causal') return (reach[axis] ?? 1) - 1;
    return Math.floor(Math.max(((out[axis] ?? 1) - 1) * (strides[axis] ?? 1) + (reach[axis] ?? 1) - length, 0) / 2);
  });
  const under = (position: readonly number[], tap: readonly number[]): number[] | undefined => {
    const source = position.map(
      (p, axis) => p * (strides[axis] ?? 1) - (before[axis] ?? 0) + (tap[axis] ?? 0) * (dilations[axis] ?? 1),
    );
    return source.every((p, axis) => p >= 0 && p < (positions[axis] ?? 0)) ? source : undefined;
  };
  return { out, under };
}

/** `kernel(tap, channel in, filter)` slid over `[batch, ...positions, channels]`. */
function slid(
  config: Config,
  x: NdArray,
  filters: number,
  kernel: (tap: number[], channel: number, filter: number) => number,
): NdArray {
  const positions = x.shape.slice(1, -1);
  const sizes = list(config.kernel_size);
  const extents = positions.map((_, axis) => sizes[axis] ?? sizes[0] ?? 1);
  const ones = extents.map(() => 1);
  const { out, under } = windowsOf(
    positions,
    extents,
    list(config.strides ?? ones),
    list(config.dilation_rate ?? ones),
    config.padding ?? 'valid',
  );
  return build([x.shape[0] ?? 1, ...out, filters], (index) => {
    const [n = 0, filter = 0] = [index[0], index.at(-1)];
    let total = 0;
    for (const tap of indicesOf(extents)) {
      const source = under(index.slice(1, -1), tap);
      if (source === undefined) continue;
      for (let c = 0; c < (x.shape.at(-1) ?? 1); c++) total += at(x, [n, ...source, c]) * kernel(tap, c, filter);
    }
    return total;
  });
}

const biased = (config: Config, weight: Weight, x: NdArray): NdArray =>
  config.use_bias === false ? x : build(x.shape, (index) => at(x, index) + at(weight('bias'), [index.at(-1) ?? 0]));

const convolution: KerasLayer = (config, weight, x) => {
  const kernel = weight('kernel');
  const [groups, filters, perGroup] = [Number(config.groups ?? 1), Number(config.filters), kernel.shape.at(-2) ?? 1];
  const out = slid(config, x, filters, (tap, c, f) =>
    Math.floor(c / perGroup) === Math.floor(f / (filters / groups)) ? at(kernel, [...tap, c % perGroup, f]) : 0,
  );
  return activated(biased(config, weight, out), config.activation);
};

const depthwise = (config: Config, weight: Weight, x: NdArray): NdArray => {
  const kernel = weight('depthwise_kernel');
  const multiplier = Number(config.depth_multiplier ?? 1);
  return slid(config, x, (x.shape.at(-1) ?? 1) * multiplier, (tap, c, f) =>
    Math.floor(f / multiplier) === c ? at(kernel, [...tap, c, f % multiplier]) : 0,
  );
};

const separable: KerasLayer = (config, weight, x) => {
  const pointwise = { kernel_size: list(config.kernel_size).map(() => 1) };
  const kernel = weight('pointwise_kernel');
  const out = slid(pointwise, depthwise(config, weight, x), kernel.shape.at(-1) ?? 1, (tap, c, f) => at(kernel, [...tap, c, f]));
  return activated(biased(config, weight, out), config.activation);
};

const pooling =
  (fold: (values: number[]) => number): KerasLayer =>
  (config, _, x) => {
    const size = list(config.pool_size);
    const { out, under } = windowsOf(
      x.shape.slice(1, -1),
      size,
      list(config.strides ?? size),
      size.map(() => 1),
      config.padding ?? 'valid',
    );
    return build([x.shape[0] ?? 1, ...out, x.shape.at(-1) ?? 1], (index) =>
      fold(
        [...indicesOf(size)].flatMap((tap) => {
          const source = under(index.slice(1, -1), tap);
          return source === undefined ? [] : [at(x, [index[0] ?? 0, ...source, index.at(-1) ?? 0])];
        }),
      ),
    );
  };

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const globalPooling =
  (fold: (values: number[]) => number): KerasLayer =>
  (_config, _weight, x) =>
    build([x.shape[0] ?? 1, x.shape.at(-1) ?? 1], ([n = 0, c = 0]) =>
      fold([...indicesOf(x.shape.slice(1, -1))].map((position) => at(x, [n, ...position, c]))),
    );

const reshape: KerasLayer = (config, _, x) => {
  const target = list(config.target_shape);
  const known = target.filter((extent) => extent !== -1).reduce((a, b) => a * b, x.shape[0] ?? 1);
  return { shape: [x.shape[0] ?? 1, ...target.map((extent) => (extent === -1 ? x.data.length / known : extent))], data: x.data };
};

/** Channels-last layers by brute force, from Keras's documentation. */
export const kerasLayers: Readonly<Record<string, KerasLayer>> = {
  Conv1D: convolution,
  Conv2D: convolution,
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
  ReLU: (config, _, x) =>
    arrayOf(
      x.shape,
      x.data.map((v) => (v < 0 ? Number(config.negative_slope ?? 0) * v : Math.min(v, Number(config.max_value ?? Infinity)))),
    ),
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
  Add: (_config, _weight, ...inputs) =>
    arrayOf(first(inputs).shape, (i) => inputs.reduce((sum, { data }) => sum + (data[i] ?? 0), 0)),
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
