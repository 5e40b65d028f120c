import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { extents, only, weightTensor, type Apply, type Config, type LayerScope, type OwnLayer, type Shape } from './layer.js';
import { convolution, positionsLeft, withZeros, type Geometry } from './linear-convolution.js';

/** Two extents for the axes of an image. One axis of positions becomes two, the second with extent 1. */
const pair = (value: unknown, rank: number): [number, number] => {
  const [first = 1, second = 1] = extents(value, rank);
  return [first, second];
};

function geometryOf(config: Config, rank: number): Geometry {
  return {
    kernel: pair(config.kernel_size, rank),
    strides: pair(config.strides, rank),
    dilations: pair(config.dilation_rate, rank),
    padding: config.padding === 'same' || config.padding === 'causal' ? config.padding : 'valid',
  };
}

/** The number of groups. Each group of filters reads its own part of the channels. */
const groupsOf = ({ groups }: Config): number => (typeof groups === 'number' ? groups : 1);

const refusal = (config: Config): string | undefined =>
  groupsOf(config) === 1 ? undefined : `a convolution in ${groupsOf(config)} groups`;

function shapeOf(config: Config, input: Shape, { rank, filters }: { readonly rank: number; readonly filters: number }): number[] {
  const geometry = geometryOf(config, rank);
  const positions = input.slice(0, -1).map((extent, axis) => positionsLeft(geometry, extent, axis === 0 ? 0 : 1));
  return [...positions, filters];
}

/** Reshapes the input to images, `[batch, height, width, channels]`, applies `work`, and reshapes back. */
function onImages(rank: number, work: (images: Tensor4D) => Tensor): Apply {
  return (inputs) => {
    const input = only(inputs);
    if (rank === 2) return work(input as Tensor4D);
    const [batch = 1, length = 1, channels = 1] = input.shape;
    const output = work(input.reshape([batch, length, 1, channels]));
    return output.reshape([batch, output.shape[1] ?? 1, output.shape[3] ?? 1]);
  };
}

/** A kernel of `[...extents, from, to]` with two extents. */
function kernelTensor(scope: LayerScope, role: string, rank: number): Tensor4D {
  const shape = scope.weight(role)?.shape ?? [];
  return weightTensor(scope, role, rank === 2 ? shape : [shape[0] ?? 1, 1, ...shape.slice(1)]) as Tensor4D;
}

/**
 * One kernel per group, with its part of the filters (the last axis). Kernels live as long as the network, because gradients need
 * them.
 */
function groupKernels(scope: LayerScope, rank: number, count: number): Tensor4D[] {
  if (count === 1) return [kernelTensor(scope, 'kernel', rank)];
  const { data, shape } = scope.weight('kernel') ?? { data: new Float32Array(), shape: [] };
  const [filters = 0, from = 0, ...reach] = shape.toReversed();
  const [width = 1, height = 1] = rank === 2 ? reach : [1, ...reach];
  const own = filters / count;
  return Array.from({ length: count }, (_, group) => {
    const part = Float32Array.from({ length: data.length / count }, (_value, at) => {
      return data[Math.floor(at / own) * filters + group * own + (at % own)] ?? 0;
    });
    return scope.constant(part, [height, width, from, own]) as Tensor4D;
  });
}

function withBias(scope: LayerScope): (linear: Tensor) => Tensor {
  if (scope.weight('bias') === undefined) return (linear) => linear;
  const bias = weightTensor(scope, 'bias');
  return (linear) => scope.tf.add(linear, bias);
}

const ordinary = (rank: number): OwnLayer => ({
  shape: (config, [input = []]) => shapeOf(config, input, { rank, filters: Number(config.filters) }),
  build: (scope) => {
    const { tf, config } = scope;
    const geometry = geometryOf(config, rank);
    const count = groupsOf(config);
    const kernels = groupKernels(scope, rank, count);
    const biased = withBias(scope);
    return onImages(rank, (images) => {
      const parts = count === 1 ? [images] : tf.split<Tensor4D>(images, count, 3);
      const results = kernels.map((kernel, group) =>
        convolution(tf, parts[group] ?? images, kernel, { geometry, depthwise: false }),
      );
      return biased(count === 1 ? only(results) : tf.concat(results, 3));
    });
  },
});

/** One kernel per channel, applied to images. */
function eachChannel(scope: LayerScope, rank: number): (images: Tensor4D) => Tensor4D {
  const { tf, config, weight, constant } = scope;
  const { data = new Float32Array(), shape = [] } = weight('depthwise_kernel') ?? {};
  const given = geometryOf(config, rank);
  const spread = withZeros({ data, shape: rank === 2 ? shape : [shape[0] ?? 1, 1, ...shape.slice(1)] }, given.dilations);
  const [height = 1, width = 1] = spread.shape;
  const [down, across] = given.strides;
  const geometry: Geometry = {
    kernel: [height, width],
    // An axis of one position may have any stride; TensorFlow's library needs both strides equal.
    strides: [down, rank === 1 ? down : across],
    dilations: [1, 1],
    padding: given.padding,
  };
  const kernel = constant(spread.data, spread.shape) as Tensor4D;
  return (images) => convolution(tf, images, kernel, { geometry, depthwise: true });
}

const depthwise = (rank: number): OwnLayer => ({
  refusal,
  shape: (config, [input = []]) =>
    shapeOf(config, input, { rank, filters: (input.at(-1) ?? 1) * Number(config.depth_multiplier ?? 1) }),
  build: (scope) => {
    const linear = eachChannel(scope, rank);
    const biased = withBias(scope);
    return onImages(rank, (images) => biased(linear(images)));
  },
});

const separable = (rank: number): OwnLayer => ({
  refusal,
  shape: (config, [input = []]) => shapeOf(config, input, { rank, filters: Number(config.filters) }),
  build: (scope) => {
    const linear = eachChannel(scope, rank);
    const pointwise = kernelTensor(scope, 'pointwise_kernel', rank);
    const biased = withBias(scope);
    return onImages(rank, (images) => biased(scope.tf.conv2d(linear(images), pointwise, 1, 'valid')));
  },
});

const transposed = (rank: number): OwnLayer => ({
  refusal: (config) => {
    if (extents(config.dilation_rate, rank).some((rate) => rate !== 1)) return 'a transposed convolution that is dilated';
    return config.output_padding === undefined || config.output_padding === null
      ? refusal(config)
      : 'a transposed convolution with an output_padding';
  },
  shape: (config, [input = []]) => [
    ...input.slice(0, -1).map((extent, axis) => stretched(config, { extent, axis, rank })),
    Number(config.filters),
  ],
  build: (scope) => {
    const { tf, config } = scope;
    const strides = pair(config.strides, rank);
    // `[...extents, to, from]`
    const kernel = kernelTensor(scope, 'kernel', rank);
    const biased = withBias(scope);
    return onImages(rank, (images) => {
      const [batch, ...from] = images.shape;
      const to = strides.map((stride, axis) => (from[axis] ?? 1) * stride);
      const whole = to.map((extent, axis) => extent + Math.max((kernel.shape[axis] ?? 1) - (strides[axis] ?? 1), 0));
      // Padding `same` is avoided: if a stride is larger than the kernel, its gradient on WebAssembly is shifted.
      const all = tf.conv2dTranspose(images, kernel, [batch, whole[0] ?? 1, whole[1] ?? 1, kernel.shape[2]], strides, 'valid');
      if (config.padding !== 'same' || whole.every((extent, axis) => extent === to[axis])) return biased(all);
      const begin = whole.map((extent, axis) => Math.floor((extent - (to[axis] ?? 1)) / 2));
      return biased(tf.slice(all, [0, ...begin, 0], [batch, ...to, kernel.shape[2]]));
    });
  },
});

function stretched(
  config: Config,
  { extent, axis, rank }: { readonly extent: number; readonly axis: number; readonly rank: number },
): number {
  const stride = extents(config.strides, rank)[axis] ?? 1;
  const beyond = Math.max((extents(config.kernel_size, rank)[axis] ?? 1) - stride, 0);
  return extent * stride + (config.padding === 'same' ? 0 : beyond);
}

export const convolutionLayers: Readonly<Record<string, OwnLayer>> = {
  Conv1D: ordinary(1),
  Conv2D: ordinary(2),
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),
  Conv1DTranspose: transposed(1),
  Conv2DTranspose: transposed(2),
};
