import { z } from 'zod';
import { float, int } from '../../attributes.js';
import { float32, int64s } from '../../constants.js';
import { sizeOf } from '@xaigrid/tensor';
import { perChannel, split, type LayerImport, type LayerScope } from '../layer-import.js';
import { overLength } from './elementwise-operations.js';
import { broadcastConstant, insideAxis, kerasShape } from './keras-order.js';

const axesSchema = z.union([z.int().transform((axis) => [axis]), z.array(z.int()).min(1)]).default([-1]);
const schema = z.object({
  axis: axesSchema,
  epsilon: z.number().default(1e-3),
  center: z.boolean().default(true),
  scale: z.boolean().default(true),
});

/** The axes as Keras counts them, from 1, ascending. */
function axesOf(scope: LayerScope, axes: readonly number[]): number[] {
  const rank = scope.input.shape.length;
  return axes
    .map((axis) => {
      const positive = axis < 0 ? axis + rank + 1 : axis;
      return positive < 1 || positive > rank ? scope.refuse(`its axis is ${String(axis)}`) : positive;
    })
    .toSorted((a, b) => a - b);
}

/** The extents of the input along some axes. */
const extentsOf = (scope: LayerScope, axes: readonly number[]) => {
  const shape = kerasShape(scope, scope.input);
  return axes.map((axis) => shape[axis - 1] ?? 1);
};

/** Numbers that vary along some axes of the input and are constant along the others. */
function alongAxes(scope: LayerScope, data: Float32Array<ArrayBuffer>, axes: readonly number[], what: string): string {
  const shape = kerasShape(scope, scope.input);
  const own = shape.map((extent, axis) => (axes.includes(axis + 1) ? extent : 1));
  return broadcastConstant(scope, { data, shape: own, rank: shape.length }, what);
}

const isChannels = (scope: LayerScope, axes: readonly number[]) =>
  axes.length === 1 && scope.axis(axes[0] ?? 0) === scope.input.shape.length - 1;

const weightOf = (scope: LayerScope, role: string, shape: readonly number[]) => scope.weight(role, shape).data;

/** Batch normalization at inference: with the moving statistics, per channel or along another axis. */
const batchNormalization: LayerImport = (scope) => {
  const config = scope.config(schema);
  const { shape, value } = scope.input;
  const axes = axesOf(scope, config.axis);
  if (axes.length !== 1) return scope.refuse('it has several axes');
  const extents = extentsOf(scope, axes);
  const [extent = 1] = extents;
  const gamma = config.scale ? scope.weight('gamma', extents) : float32(new Float32Array(extent).fill(1), extents);
  const beta = config.center ? scope.weight('beta', extents) : float32(new Float32Array(extent), extents);
  const mean = scope.weight('moving_mean', extents);
  const variance = scope.weight('moving_variance', extents);
  if (!isChannels(scope, axes)) {
    const deviations = Array.from(variance.data, (own) => Math.sqrt(own + config.epsilon));
    const factors = Float32Array.from(gamma.data, (own, index) => own / (deviations[index] ?? 1));
    const shifts = Float32Array.from(beta.data, (own, index) => own - (mean.data[index] ?? 0) * (factors[index] ?? 1));
    const scaled = scope.node('Mul', [value, alongAxes(scope, factors, axes, 'factors')]);
    return { value: scope.node('Add', [scaled, alongAxes(scope, shifts, axes, 'shifts')]), shape };
  }
  const inputs = [gamma, beta, mean, variance].map((constant) => scope.builder.constant(constant, 'statistic'));
  return { value: scope.node('BatchNormalization', [value, ...inputs], { epsilon: float(config.epsilon) }), shape };
};

/**
 * Scales values to mean 0 and variance 1 over some axes (or, with `rms`, to mean square 1). ONNX's own operator cannot do this,
 * because its channels are not last.
 */
function overAxes(
  scope: LayerScope,
  axes: readonly number[],
  { epsilon, rms }: { readonly epsilon: number; readonly rms: boolean },
): string {
  const { node, builder, input } = scope;
  const inside = builder.constant(int64s(axes.map((axis) => insideAxis(scope, axis)).toSorted((a, b) => a - b)), 'axes');
  const mean = (value: string) => node('ReduceMean', [value, inside], { keepdims: int(1) });
  const centred = rms ? input.value : node('Sub', [input.value, mean(input.value)]);
  const deviation = node('Sqrt', [node('Add', [mean(node('Mul', [centred, centred])), builder.scalar(epsilon)])]);
  return node('Div', [centred, deviation]);
}

const layerNormalization: LayerImport = (scope) => {
  const config = scope.config(schema.extend({ rms_scaling: z.boolean().nullish() }));
  const axes = axesOf(scope, config.axis);
  const extents = extentsOf(scope, axes);
  const weight = (role: string) => alongAxes(scope, weightOf(scope, role, extents), axes, role);
  // In Keras 3, `rms_scaling` divides by the standard deviation, does not centre, and always has a gamma to scale by.
  const rms = config.rms_scaling === true;
  let value = overAxes(scope, axes, { epsilon: config.epsilon, rms });
  if (rms) return scope.refuse('it scales by the root mean square (rms_scaling); use RMSNormalization');
  if (config.scale) value = scope.node('Mul', [value, weight('gamma')]);
  if (config.center) value = scope.node('Add', [value, weight('beta')]);
  return { value, shape: scope.input.shape };
};

/** RMS normalization (Zhang and Sennrich 2019): x/√(mean x² + ε) times a scale. */
const rmsNormalization: LayerImport = (scope) => {
  const config = scope.config(z.object({ axis: axesSchema, epsilon: z.number().default(1e-6) }));
  const axes = axesOf(scope, config.axis);
  const value = overAxes(scope, axes, { epsilon: config.epsilon, rms: true });
  const scale = alongAxes(scope, weightOf(scope, 'scale', extentsOf(scope, axes)), axes, 'scale');
  return { value: scope.node('Mul', [value, scale]), shape: scope.input.shape };
};

/** Group normalization (Wu and He 2018): the channels of a group, at all positions, are scaled to mean 0 and variance 1. */
const groupNormalization: LayerImport = (scope) => {
  const config = scope.config(schema.extend({ groups: z.int().default(32) }));
  const { node, builder, input } = scope;
  const { channels } = split(input.shape);
  const axes = axesOf(scope, config.axis);
  if (!isChannels(scope, axes)) return scope.refuse('its axis is not that of the channels');
  const groups = config.groups === -1 ? channels : config.groups;
  if (groups < 1 || channels % groups !== 0)
    return scope.refuse(`${String(groups)} groups do not divide its ${String(channels)} channels`);
  const reshape = (value: string, extents: readonly number[]) =>
    node('Reshape', [value, builder.constant(int64s([0, ...extents]), 'shape')]);
  const all = (number: number) => builder.constant(float32(new Float32Array(groups).fill(number), [groups]), 'group');
  const grouped = reshape(input.value, [groups, sizeOf(input.shape) / groups]);
  const normal = node('InstanceNormalization', [grouped, all(1), all(0)], { epsilon: float(config.epsilon) });
  let value = reshape(normal, [channels, ...input.shape.slice(0, -1)]);
  const weight = (role: string) => alongAxes(scope, weightOf(scope, role, [channels]), axes, role);
  if (config.scale) value = node('Mul', [value, weight('gamma')]);
  if (config.center) value = node('Add', [value, weight('beta')]);
  return { value, shape: input.shape };
};

/** x divided by its Euclidean length along some axes. */
const unitNormalization: LayerImport = (scope) => {
  const { axis } = scope.config(z.object({ axis: axesSchema }));
  // Keras 2 keeps the square of the length above 1e-12; Keras 3 keeps the length above 1e-12.
  return overLength(scope, scope.input, axesOf(scope, axis), scope.kerasVersion === 2 ? 1e-12 : 1e-24);
};

/** One factor per channel, as in ConvNeXt. */
const layerScale: LayerImport = (scope) => {
  const { projection_dim: channels } = scope.config(z.object({ projection_dim: z.int().positive() }));
  const axes = axesOf(scope, [-1]);
  if (scope.order === 'channels_first') return scope.refuse('it scales an axis that is not the channels');
  const gamma = alongAxes(scope, weightOf(scope, 'gamma', [channels]), axes, 'gamma');
  return { value: scope.node('Mul', [scope.input.value, gamma]), shape: scope.input.shape };
};

const numbers = z.union([z.number().transform((value) => [value]), z.array(z.number())]);

/** One number for all channels, or one for each. */
function channelwise(scope: LayerScope, values: readonly number[], what: string): string {
  const { channels } = split(scope.input.shape);
  if (values.length !== 1 && values.length !== channels)
    scope.refuse(`its ${what} has ${values.length} numbers for ${channels} channels`);
  return scope.builder.constant(perChannel(values, scope.input.shape), what);
}

/** x·scale + offset */
const rescaling: LayerImport = (scope) => {
  const { scale, offset } = scope.config(z.object({ scale: numbers, offset: numbers.default([0]) }));
  const { value, shape } = scope.input;
  const scaled = scope.node('Mul', [value, channelwise(scope, scale, 'scale')]);
  return {
    value: offset.some((number) => number !== 0) ? scope.node('Add', [scaled, channelwise(scope, offset, 'offset')]) : scaled,
    shape,
  };
};

/**
 * (x − mean)/max(√variance, 1e-7), or its inverse. The statistics are in the configuration or among the weights, along the axes
 * that are kept.
 */
const normalization: LayerImport = (scope) => {
  // Nested lists hold the same numbers, whatever their depth.
  const flat = z
    .unknown()
    .optional()
    .transform((value) => [value].flat(8).filter((number) => typeof number === 'number'));
  const config = scope.config(
    z.object({
      axis: z.union([z.int(), z.array(z.int())]).nullish(),
      mean: flat,
      variance: flat,
      invert: z.boolean().default(false),
    }),
  );
  const axes = axesOf(scope, [config.axis ?? []].flat());
  const extents = extentsOf(scope, axes);
  const size = sizeOf(extents);
  const statistic = (role: 'mean' | 'variance') => {
    const values = scope.hasWeight(role) ? [...weightOf(scope, role, extents)] : config[role];
    if (values.length === size) return values;
    const [only] = values;
    if (only !== undefined && values.length === 1) return Array.from({ length: size }, () => only);
    return scope.refuse(
      values.length === 0
        ? `its ${role} is neither in its configuration nor among the weights`
        : `its ${role} has ${values.length} numbers for ${String(size)}`,
    );
  };
  const [mean, variance] = [statistic('mean'), statistic('variance')];
  const constant = (values: readonly number[], what: string) => alongAxes(scope, Float32Array.from(values), axes, what);
  const deviation = constant(
    variance.map((number) => Math.max(Math.sqrt(number), 1e-7)),
    'deviation',
  );
  const { value, shape } = scope.input;
  if (config.invert) return { value: scope.node('Add', [scope.node('Mul', [value, deviation]), constant(mean, 'mean')]), shape };
  return { value: scope.node('Div', [scope.node('Sub', [value, constant(mean, 'mean')]), deviation]), shape };
};

export const normalizationLayers: Readonly<Record<string, LayerImport>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  GroupNormalization: groupNormalization,
  UnitNormalization: unitNormalization,
  LayerScale: layerScale,
  Rescaling: rescaling,
  Normalization: normalization,
};
