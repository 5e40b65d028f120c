import { z } from 'zod';
import { float, int } from '../../attributes.js';
import { split, type LayerImport, type LayerScope } from '../layer-import.js';
import { activationSchema } from './schemas.js';

type Emit = (scope: LayerScope, value: string) => string;

const simple =
  (op: string): Emit =>
  ({ node }, value) =>
    node(op, [value]);

const clip =
  (low: number, high: number): Emit =>
  ({ node, builder }, value) =>
    node('Clip', [value, builder.scalar(low), builder.scalar(high)]);

/** x·σ(x) */
const swish: Emit = ({ node }, value) => node('Mul', [value, node('Sigmoid', [value])]);

/** x·½(1 + erf(x/√2)), the exact form, Keras's default. */
const gelu: Emit = ({ node, builder }, value) => {
  const erf = node('Erf', [node('Mul', [value, builder.scalar(Math.SQRT1_2)])]);
  return node('Mul', [node('Mul', [value, builder.scalar(0.5)]), node('Add', [erf, builder.scalar(1)])]);
};

/** Channels are axis 1 inside, the last axis in Keras. */
const softmax: Emit = ({ node }, value) => node('Softmax', [value], { axis: int(1) });

/** Activation functions by their Keras names. */
const activations: Readonly<Record<string, Emit>> = {
  linear: (_scope, value) => value,
  relu: simple('Relu'),
  relu6: clip(0, 6),
  sigmoid: simple('Sigmoid'),
  tanh: simple('Tanh'),
  softmax,
  softplus: simple('Softplus'),
  elu: simple('Elu'),
  selu: simple('Selu'),
  swish,
  silu: swish,
  gelu,
};

/** Adds the activation that a layer's `activation` names; none for null. */
export function activate(scope: LayerScope, value: string, activation: z.infer<typeof activationSchema>): string {
  const name = activation ?? 'linear';
  const emit = typeof name === 'string' && Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (emit === undefined) {
    const shown = typeof name === 'string' ? name : JSON.stringify(name);
    return scope.refuse(`its activation is "${shown}"; supported: ${Object.keys(activations).join(', ')}`);
  }
  return emit(scope, value);
}

const activation: LayerImport = (scope) => {
  const config = scope.config(z.object({ activation: activationSchema }));
  return { value: activate(scope, scope.input.value, config.activation), shape: scope.input.shape };
};

const relu: LayerImport = (scope) => {
  const config = scope.config(
    z.object({ max_value: z.number().nullish(), negative_slope: z.number().nullish(), threshold: z.number().nullish() }),
  );
  const { value, shape } = scope.input;
  if ((config.threshold ?? 0) !== 0) return scope.refuse('its threshold is not 0');
  const slope = config.negative_slope ?? 0;
  const limit = config.max_value ?? undefined;
  if (slope !== 0 && limit !== undefined) return scope.refuse('it has both a negative slope and a maximum');
  if (slope !== 0) return { value: scope.node('LeakyRelu', [value], { alpha: float(slope) }), shape };
  return { value: limit === undefined ? scope.node('Relu', [value]) : clip(0, limit)(scope, value), shape };
};

const leakyRelu: LayerImport = (scope) => {
  // Keras 2 calls the slope `alpha`, Keras 3 `negative_slope`.
  const config = scope.config(z.object({ alpha: z.number().nullish(), negative_slope: z.number().nullish() }));
  const slope = config.alpha ?? config.negative_slope ?? 0.3;
  return { value: scope.node('LeakyRelu', [scope.input.value], { alpha: float(slope) }), shape: scope.input.shape };
};

const elu: LayerImport = (scope) => {
  const config = scope.config(z.object({ alpha: z.number().nullish() }));
  return { value: scope.node('Elu', [scope.input.value], { alpha: float(config.alpha ?? 1) }), shape: scope.input.shape };
};

const softmaxLayer: LayerImport = (scope) => {
  const { axis } = scope.config(z.object({ axis: z.int().default(-1) }));
  const { value, shape } = scope.input;
  if (axis !== -1 && axis !== shape.length) return scope.refuse('it does not run over the channels (axis -1)');
  return { value: softmax(scope, value), shape };
};

/** Layers that do nothing at inference. */
const nothing: LayerImport = ({ input }) => input;

export const activationLayers: Readonly<Record<string, LayerImport>> = {
  Activation: activation,
  ReLU: relu,
  LeakyReLU: leakyRelu,
  ELU: elu,
  Softmax: softmaxLayer,
};

export const inferenceNoOps: Readonly<Record<string, LayerImport>> = Object.fromEntries(
  [
    'Dropout',
    'SpatialDropout1D',
    'SpatialDropout2D',
    'GaussianNoise',
    'GaussianDropout',
    'AlphaDropout',
    'ActivityRegularization',
  ].map((name) => [name, nothing]),
);

/** Refuses what is not channels last. */
export function requireChannelsLast(scope: LayerScope, format: string | null | undefined, rank: number): void {
  if (format === 'channels_first') scope.refuse('its data_format is channels_first; channels_last is supported');
  const { positions } = split(scope.input.shape);
  if (positions.length !== rank) scope.refuse(`it is given ${positions.length} position axes where it needs ${rank}`);
}
