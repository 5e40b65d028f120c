import { z } from 'zod';
import { float, int } from '../../attributes.js';
import { float32, int64s } from '../../constants.js';
import { perChannel, split, type LayerImport, type LayerScope } from '../layer-import.js';

const axisSchema = z
  .union([
    z.int(),
    z
      .array(z.int())
      .length(1)
      .transform(([axis]) => axis ?? -1),
  ])
  .default(-1);
const schema = z.object({
  axis: axisSchema,
  epsilon: z.number().default(1e-3),
  center: z.boolean().default(true),
  scale: z.boolean().default(true),
});

function requireChannels(scope: LayerScope, axis: number): void {
  if (scope.axis(axis) !== scope.input.shape.length - 1) scope.refuse(`its axis ${axis} is not that of the channels`);
}

/** Batch normalization at inference: the moving statistics, per channel. */
const batchNormalization: LayerImport = (scope) => {
  const config = scope.config(schema);
  const { shape, value } = scope.input;
  const { channels } = split(shape);
  requireChannels(scope, config.axis);
  const gamma = config.scale ? scope.weight('gamma', [channels]) : float32(new Float32Array(channels).fill(1), [channels]);
  const beta = config.center ? scope.weight('beta', [channels]) : float32(new Float32Array(channels), [channels]);
  const mean = scope.weight('moving_mean', [channels]);
  const variance = scope.weight('moving_variance', [channels]);
  const inputs = [gamma, beta, mean, variance].map((constant) => scope.builder.constant(constant, 'statistic'));
  return { value: scope.node('BatchNormalization', [value, ...inputs], { epsilon: float(config.epsilon) }), shape };
};

/** Each position's channels brought to mean 0 and variance 1. ONNX's own operator cannot: its channels are not last. */
const layerNormalization: LayerImport = (scope) => {
  const config = scope.config(schema.extend({ rms_scaling: z.boolean().nullish() }));
  if (config.rms_scaling === true) return scope.refuse('it scales by the root mean square');
  const { node, builder, input } = scope;
  const { channels } = split(input.shape);
  requireChannels(scope, config.axis);
  const axes = builder.constant(int64s([1]), 'axes');
  const mean = (value: string) => node('ReduceMean', [value, axes], { keepdims: int(1) });
  const centred = node('Sub', [input.value, mean(input.value)]);
  const deviation = node('Sqrt', [node('Add', [mean(node('Mul', [centred, centred])), builder.scalar(config.epsilon)])]);
  let value = node('Div', [centred, deviation]);
  const weight = (role: string) =>
    builder.constant(perChannel([...(scope.weight(role, [channels]).data as Float32Array)], input.shape), role);
  if (config.scale) value = node('Mul', [value, weight('gamma')]);
  if (config.center) value = node('Add', [value, weight('beta')]);
  return { value, shape: input.shape };
};

const numbers = z.union([z.number().transform((value) => [value]), z.array(z.number())]);

/** One number for all channels, or one each. */
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

/** (x − mean)/max(√variance, 1e-7), the statistics in the configuration or among the weights. */
const normalization: LayerImport = (scope) => {
  // Nested lists hold one number a channel whatever their depth.
  const flat = z
    .unknown()
    .optional()
    .transform((value) => [value].flat(8).filter((number) => typeof number === 'number'));
  const config = scope.config(
    z.object({
      axis: z.union([z.int(), z.array(z.int()).max(1)]).nullish(),
      mean: flat,
      variance: flat,
      invert: z.boolean().default(false),
    }),
  );
  if (config.invert) return scope.refuse('it inverts a normalization');
  const [axis] = [config.axis ?? []].flat();
  if (axis !== undefined) requireChannels(scope, axis);
  const { channels } = split(scope.input.shape);
  const inFile = (role: string) => [...(scope.weight(role, axis === undefined ? [] : [channels]).data as Float32Array)];
  const mean = scope.hasWeight('mean') ? inFile('mean') : config.mean;
  const variance = scope.hasWeight('variance') ? inFile('variance') : config.variance;
  const deviation = variance.map((number) => Math.max(Math.sqrt(number), 1e-7));
  const { value, shape } = scope.input;
  const centred = scope.node('Sub', [value, channelwise(scope, mean, 'mean')]);
  return { value: scope.node('Div', [centred, channelwise(scope, deviation, 'deviation')]), shape };
};

export const normalizationLayers: Readonly<Record<string, LayerImport>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Rescaling: rescaling,
  Normalization: normalization,
};
