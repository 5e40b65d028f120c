import { z } from 'zod';
import { float, int } from '../../attributes.js';
import { int64s, transposed } from '../../constants.js';
import type { LayerImport } from '../layer-import.js';
import { insideAxis } from './keras-order.js';
import { activate, clip } from './activation-functions.js';
import { activationSchema } from './schemas.js';

const activation: LayerImport = (scope) => {
  const config = scope.config(z.object({ activation: activationSchema }));
  return { value: activate(scope, scope.input.value, config.activation), shape: scope.input.shape };
};

/** x where x > threshold, at most `max_value`; below the threshold `negative_slope`·(x − threshold). */
const relu: LayerImport = (scope) => {
  const config = scope.config(
    z.object({ max_value: z.number().nullish(), negative_slope: z.number().nullish(), threshold: z.number().nullish() }),
  );
  const { node, builder } = scope;
  const { value, shape } = scope.input;
  const { max_value: limit, threshold, negative_slope: slope } = config;
  if (!slope && !threshold)
    return { value: typeof limit === 'number' ? clip(0, limit)(scope, value) : node('Relu', [value]), shape };
  if (!threshold && typeof limit !== 'number') return { value: node('LeakyRelu', [value], { alpha: float(slope ?? 0) }), shape };
  const above = threshold ? node('ThresholdedRelu', [value], { alpha: float(threshold) }) : node('Relu', [value]);
  const limited = typeof limit === 'number' ? clip(0, limit)(scope, above) : above;
  if (!slope) return { value: limited, shape };
  const below = node('Relu', [node('Sub', [builder.scalar(threshold ?? 0), value])]);
  return { value: node('Sub', [limited, node('Mul', [below, builder.scalar(slope)])]), shape };
};

const leakyRelu: LayerImport = (scope) => {
  // The slope is `alpha` in Keras 2 and `negative_slope` in Keras 3.
  const config = scope.config(z.object({ alpha: z.number().nullish(), negative_slope: z.number().nullish() }));
  const slope = config.alpha ?? config.negative_slope ?? 0.3;
  return { value: scope.node('LeakyRelu', [scope.input.value], { alpha: float(slope) }), shape: scope.input.shape };
};

/** PReLU: one slope per value, or one for all along the shared axes. Inside, the channels of the slopes come first too. */
const parametricRelu: LayerImport = (scope) => {
  const { shared_axes: shared } = scope.config(z.object({ shared_axes: z.array(z.int()).nullish() }));
  const { value, shape } = scope.input;
  const rank = shape.length;
  const axes = (shared ?? []).map(scope.axis);
  const extents = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const inFile = scope.order === 'channels_first' ? [extents.at(-1) ?? 1, ...extents.slice(0, -1)] : extents;
  const alpha = scope.weight('alpha', inFile);
  const order = scope.order === 'channels_first' ? inFile.keys() : [rank - 1, ...Array.from({ length: rank - 1 }).keys()];
  return { value: scope.node('PRelu', [value, scope.builder.constant(transposed(alpha, [...order]), 'alpha')]), shape };
};

const elu: LayerImport = (scope) => {
  const config = scope.config(z.object({ alpha: z.number().nullish() }));
  return { value: scope.node('Elu', [scope.input.value], { alpha: float(config.alpha ?? 1) }), shape: scope.input.shape };
};

const softmax: LayerImport = (scope) => {
  const { axis } = scope.config(z.object({ axis: z.union([z.int(), z.array(z.int()).min(1)]).default(-1) }));
  const { node, builder, input } = scope;
  const [first = 1, ...others] = [axis].flat().map((own) => insideAxis(scope, own));
  if (others.length === 0) return { value: node('Softmax', [input.value], { axis: int(first) }), shape: input.shape };
  const axes = builder.constant(int64s([first, ...others]), 'axes');
  const total = node('ReduceLogSumExp', [input.value, axes], { keepdims: int(1) });
  return { value: node('Exp', [node('Sub', [input.value, total])]), shape: input.shape };
};

/** Whether a layer that does nothing at inference draws random numbers in training. */
export const dropsAtRandom = (className: string): boolean =>
  Object.hasOwn(inferenceNoOps, className) && !['ActivityRegularization', 'Identity'].includes(className);

const nothing: LayerImport = ({ input }) => input;

export const activationLayers: Readonly<Record<string, LayerImport>> = {
  Activation: activation,
  ReLU: relu,
  LeakyReLU: leakyRelu,
  PReLU: parametricRelu,
  ELU: elu,
  Softmax: softmax,
};

/** Class names of layers that do nothing at inference. */
export const inferenceNoOpNames: readonly string[] = [
  ...['Dropout', 'SpatialDropout1D', 'SpatialDropout2D', 'SpatialDropout3D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'],
  ...['ActivityRegularization', 'Identity'],
  // Augmentation.
  ...['RandomFlip', 'RandomRotation', 'RandomZoom', 'RandomTranslation', 'RandomContrast', 'RandomBrightness', 'RandomShear'],
  ...['RandomColorDegeneration', 'RandomColorJitter', 'RandomElasticTransform', 'RandomErasing', 'RandomGaussianBlur'],
  ...['RandomGrayscale', 'RandomHue', 'RandomInvert', 'RandomPerspective', 'RandomPosterization', 'RandomSaturation'],
  ...['RandomSharpness', 'AugMix', 'MixUp', 'CutMix', 'RandAugment'],
];

export const inferenceNoOps: Readonly<Record<string, LayerImport>> = Object.fromEntries(
  inferenceNoOpNames.map((name) => [name, nothing]),
);
