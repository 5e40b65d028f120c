import { arrayOf, at, build, indicesOf, type NdArray } from './array.js';

export type Config = Readonly<Record<string, unknown>>;
export type Weight = (role: string) => NdArray;
export type KerasLayer = (config: Config, weight: Weight, ...inputs: NdArray[]) => NdArray;

export const list = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : [Number(value)]);

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
  // Keras 2's.
  hard_sigmoid: (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
  hard_swish: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  leaky_relu: (x) => (x < 0 ? 0.2 * x : x),
  softsign: (x) => x / (1 + Math.abs(x)),
  exponential: Math.exp,
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
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

export const biased = (config: Config, weight: Weight, x: NdArray): NdArray =>
  config.use_bias === false ? x : build(x.shape, (index) => at(x, index) + at(weight('bias'), [index.at(-1) ?? 0]));

export const convolution: KerasLayer = (config, weight, x) => {
  const kernel = weight('kernel');
  const [groups, filters, perGroup] = [Number(config.groups ?? 1), Number(config.filters), kernel.shape.at(-2) ?? 1];
  const out = slid(config, x, filters, (tap, c, f) =>
    Math.floor(c / perGroup) === Math.floor(f / (filters / groups)) ? at(kernel, [...tap, c % perGroup, f]) : 0,
  );
  return activated(biased(config, weight, out), config.activation);
};

export const depthwise = (config: Config, weight: Weight, x: NdArray): NdArray => {
  const kernel = weight('depthwise_kernel');
  const multiplier = Number(config.depth_multiplier ?? 1);
  return slid(config, x, (x.shape.at(-1) ?? 1) * multiplier, (tap, c, f) =>
    Math.floor(f / multiplier) === c ? at(kernel, [...tap, c, f % multiplier]) : 0,
  );
};

export const separable: KerasLayer = (config, weight, x) => {
  const pointwise = { kernel_size: list(config.kernel_size).map(() => 1) };
  const kernel = weight('pointwise_kernel');
  const out = slid(pointwise, depthwise(config, weight, x), kernel.shape.at(-1) ?? 1, (tap, c, f) => at(kernel, [...tap, c, f]));
  return activated(biased(config, weight, out), config.activation);
};

export const pooling =
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

export const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

export const globalPooling =
  (fold: (values: number[]) => number): KerasLayer =>
  (_config, _weight, x) =>
    build([x.shape[0] ?? 1, x.shape.at(-1) ?? 1], ([n = 0, c = 0]) =>
      fold([...indicesOf(x.shape.slice(1, -1))].map((position) => at(x, [n, ...position, c]))),
    );
