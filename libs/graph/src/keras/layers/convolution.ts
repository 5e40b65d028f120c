import { int, ints } from '../../attributes.js';
import { transposed } from '../../constants.js';
import type { Constant } from '../../graph.js';
import { samePadding, slide } from '../../shapes/convolution.js';
import { requirePositions, split, type LayerImport, type LayerScope } from '../layer-import.js';
import { activate } from './activation-functions.js';
import { convolutionSchema, depthwiseSchema } from './schemas.js';

interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: 'valid' | 'same' | 'causal';
}

/** ONNX `pads` (begins, then ends) for Keras's padding. TensorFlow's `same` puts an odd position at the end. */
export function padsFor(positions: readonly number[], { kernel, strides, dilations, padding }: Geometry): number[] {
  if (padding === 'valid') return [...kernel, ...kernel].map(() => 0);
  if (padding === 'causal')
    return [...kernel.map((extent, axis) => (extent - 1) * (dilations[axis] ?? 1)), ...kernel.map(() => 0)];
  const totals = positions.map((length, axis) =>
    samePadding(length, kernel[axis] ?? 1, strides[axis] ?? 1, dilations[axis] ?? 1),
  );
  return [...totals.map((total) => Math.floor(total / 2)), ...totals.map((total) => Math.ceil(total / 2))];
}

/** Keras `[...kernel, in, out]` → ONNX `[out, in, ...kernel]`. */
function kernelForOnnx(kernel: Constant): Constant {
  const rank = kernel.shape.length;
  return transposed(kernel, [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, axis) => axis)]);
}

/** Adds a Conv node. Returns its value and output positions. */
function convolve(
  scope: LayerScope,
  options: { value: string; positions: readonly number[]; weights: string[]; geometry: Geometry; groups: number },
) {
  const { value, positions, weights, geometry, groups } = options;
  const pads = padsFor(positions, geometry);
  const out = slide(positions, { ...geometry, pads, ceil: false }).map((extent) => extent ?? 0);
  if (out.some((extent) => extent < 1)) scope.refuse(`its kernel is larger than its input, [${positions.join(', ')}]`);
  const attributes = {
    kernel_shape: ints(geometry.kernel),
    strides: ints(geometry.strides),
    dilations: ints(geometry.dilations),
    pads: ints(pads),
    group: int(groups),
  };
  return { value: scope.node('Conv', [value, ...weights], attributes), positions: out };
}

const convolution =
  (rank: number): LayerImport =>
  (scope) => {
    const config = scope.config(convolutionSchema(rank));
    requirePositions(scope, config.data_format, rank);
    const { positions, channels } = split(scope.input.shape);
    const { filters, groups, kernel_size: kernel } = config;
    if (channels % groups !== 0 || filters % groups !== 0) return scope.refuse(`${groups} groups do not divide its channels`);
    const weights = [
      scope.builder.constant(kernelForOnnx(scope.weight('kernel', [...kernel, channels / groups, filters])), 'kernel'),
    ];
    if (config.use_bias) weights.push(scope.builder.constant(scope.weight('bias', [filters]), 'bias'));
    const geometry = { kernel, strides: config.strides, dilations: config.dilation_rate, padding: config.padding };
    const out = convolve(scope, { value: scope.input.value, positions, weights, geometry, groups });
    return { value: activate(scope, out.value, config.activation), shape: [...out.positions, filters] };
  };

/** Keras `[...kernel, in, multiplier]` → ONNX `[in·multiplier, 1, ...kernel]` with one group per channel. */
function depthwiseKernel(scope: LayerScope, kernel: readonly number[], channels: number, multiplier: number): string {
  const role = 'depthwise_kernel';
  const constant = scope.weight(role, [...kernel, channels, multiplier]);
  const rank = constant.shape.length;
  const moved = transposed(constant, [rank - 2, rank - 1, ...kernel.keys()]);
  return scope.builder.constant({ ...moved, shape: [channels * multiplier, 1, ...kernel] }, role);
}

const depthwise =
  (rank: number): LayerImport =>
  (scope) => {
    const config = scope.config(depthwiseSchema(rank));
    requirePositions(scope, config.data_format, rank);
    const { positions, channels } = split(scope.input.shape);
    const filters = channels * config.depth_multiplier;
    const weights = [depthwiseKernel(scope, config.kernel_size, channels, config.depth_multiplier)];
    if (config.use_bias) weights.push(scope.builder.constant(scope.weight('bias', [filters]), 'bias'));
    const geometry = {
      kernel: config.kernel_size,
      strides: config.strides,
      dilations: config.dilation_rate,
      padding: config.padding,
    };
    const out = convolve(scope, { value: scope.input.value, positions, weights, geometry, groups: channels });
    return { value: activate(scope, out.value, config.activation), shape: [...out.positions, filters] };
  };

const separable =
  (rank: number): LayerImport =>
  (scope) => {
    const config = scope.config(depthwiseSchema(rank));
    requirePositions(scope, config.data_format, rank);
    const { positions, channels } = split(scope.input.shape);
    const middle = channels * config.depth_multiplier;
    const filters = config.filters ?? middle;
    const geometry = {
      kernel: config.kernel_size,
      strides: config.strides,
      dilations: config.dilation_rate,
      padding: config.padding,
    };
    const depth = convolve(scope, {
      value: scope.input.value,
      positions,
      weights: [depthwiseKernel(scope, config.kernel_size, channels, config.depth_multiplier)],
      geometry,
      groups: channels,
    });
    const ones = config.kernel_size.map(() => 1);
    const pointwise = kernelForOnnx(scope.weight('pointwise_kernel', [...ones, middle, filters]));
    const weights = [scope.builder.constant(pointwise, 'pointwise_kernel')];
    if (config.use_bias) weights.push(scope.builder.constant(scope.weight('bias', [filters]), 'bias'));
    const out = convolve(scope, {
      value: depth.value,
      positions: depth.positions,
      weights,
      geometry: { kernel: ones, strides: ones, dilations: ones, padding: 'valid' },
      groups: 1,
    });
    return { value: activate(scope, out.value, config.activation), shape: [...out.positions, filters] };
  };

export const convolutionLayers: Readonly<Record<string, LayerImport>> = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),
};
