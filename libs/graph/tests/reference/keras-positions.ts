import { at, build, indicesOf, type NdArray } from './array.js';
import { activated, biased, list, type KerasLayer } from './keras-windows.js';

/** Layers that add, drop or stretch positions, or scale each position, channels last; from Keras's documentation. */

/** Each input value is spread by the kernel: y[i·stride + tap − before] += x[i]·kernel[tap, out, in]. */
const transposedConvolution: KerasLayer = (config, weight, x) => {
  const kernel = weight('kernel');
  const extents = kernel.shape.slice(0, -2);
  const positions = x.shape.slice(1, -1);
  const strides = list(config.strides);
  const overlap = extents.map((extent, axis) => Math.max(extent - (strides[axis] ?? 1), 0));
  const before = overlap.map((extent) => (config.padding === 'same' ? Math.floor(extent / 2) : 0));
  const out = positions.map(
    (extent, axis) => extent * (strides[axis] ?? 1) + (config.padding === 'same' ? 0 : (overlap[axis] ?? 0)),
  );
  const spread = build([x.shape[0] ?? 1, ...out, kernel.shape.at(-2) ?? 1], (index) => {
    let total = 0;
    for (const tap of indicesOf(extents)) {
      const source = tap.map((t, axis) => ((index[axis + 1] ?? 0) + (before[axis] ?? 0) - t) / (strides[axis] ?? 1));
      if (source.some((p, axis) => !Number.isInteger(p) || p < 0 || p >= (positions[axis] ?? 0))) continue;
      for (let c = 0; c < (x.shape.at(-1) ?? 1); c++)
        total += at(x, [index[0] ?? 0, ...source, c]) * at(kernel, [...tap, index.at(-1) ?? 0, c]);
    }
    return total;
  });
  return activated(biased(config, weight, spread), config.activation);
};

const cropped: KerasLayer = (config, _, x) => {
  const borders = (config.cropping as number[][]).map(list);
  const shape = x.shape.map((extent, axis) => extent - (borders[axis - 1]?.reduce((a, b) => a + b, 0) ?? 0));
  return build(shape, (index) =>
    at(
      x,
      index.map((position, axis) => position + (borders[axis - 1]?.[0] ?? 0)),
    ),
  );
};

/** Half-pixel centres; neighbours beyond the border are the border. */
function resized(x: NdArray, out: readonly number[], interpolation: unknown): NdArray {
  const positions = x.shape.slice(1, -1);
  return build([x.shape[0] ?? 1, ...out, x.shape.at(-1) ?? 1], (index) => {
    const [n = 0, c = 0] = [index[0], index.at(-1)];
    const centres = out.map((extent, axis) => (((index[axis + 1] ?? 0) + 0.5) * (positions[axis] ?? 1)) / extent);
    if (interpolation !== 'bilinear') return at(x, [n, ...centres.map(Math.floor), c]);
    return [...indicesOf(out.map(() => 2))].reduce((sum, corner) => {
      let share = 1;
      const source = centres.map((centre, axis) => {
        const low = Math.floor(centre - 0.5);
        const part = centre - 0.5 - low;
        share *= corner[axis] === 1 ? part : 1 - part;
        return Math.min(Math.max(low + (corner[axis] ?? 0), 0), (positions[axis] ?? 1) - 1);
      });
      return sum + share * at(x, [n, ...source, c]);
    }, 0);
  });
}

const perChannel = (value: unknown, channel: number): number => (Array.isArray(value) ? Number(value[channel]) : Number(value));

export const positionLayers: Readonly<Record<string, KerasLayer>> = {
  Conv1DTranspose: transposedConvolution,
  Conv2DTranspose: transposedConvolution,
  Cropping1D: (config, weight, x) => cropped({ cropping: [config.cropping] }, weight, x),
  Cropping2D: cropped,
  UpSampling1D: (config, _, x) => resized(x, [(x.shape[1] ?? 1) * Number(config.size)], 'nearest'),
  UpSampling2D: (config, _, x) =>
    resized(
      x,
      list(config.size).map((size, axis) => size * (x.shape[axis + 1] ?? 1)),
      config.interpolation,
    ),
  Resizing: (config, _, x) => resized(x, [Number(config.height), Number(config.width)], config.interpolation),
  Rescaling: (config, _, x) =>
    build(x.shape, (index) => {
      const c = index.at(-1) ?? 0;
      return at(x, index) * perChannel(config.scale, c) + perChannel(config.offset, c);
    }),
  Normalization: (config, weight, x) =>
    build(x.shape, (index) => {
      const c = index.at(-1) ?? 0;
      const of = (name: string) => (config[name] === undefined ? at(weight(name), [c]) : perChannel(config[name], c));
      return (at(x, index) - of('mean')) / Math.max(Math.sqrt(of('variance')), 1e-7);
    }),
  LayerNormalization: (config, weight, x) =>
    build(x.shape, (index) => {
      const channels = Array.from({ length: x.shape.at(-1) ?? 1 }, (_, c) => at(x, index.with(-1, c)));
      const mean = channels.reduce((a, b) => a + b, 0) / channels.length;
      const variance = channels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / channels.length;
      const c = [index.at(-1) ?? 0];
      return (
        ((at(x, index) - mean) / Math.sqrt(variance + Number(config.epsilon))) * at(weight('gamma'), c) + at(weight('beta'), c)
      );
    }),
  PReLU: (_config, weight, x) => {
    const alpha = weight('alpha');
    return build(x.shape, (index) => {
      const value = at(x, index);
      const own = index.slice(1).map((position, axis) => (alpha.shape[axis] === 1 ? 0 : position));
      return value < 0 ? at(alpha, own) * value : value;
    });
  },
};
