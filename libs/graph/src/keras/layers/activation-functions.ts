import type { z } from 'zod';
import { float, int } from '../../attributes.js';
import { int64s } from '../../constants.js';
import { dataTypes } from '../../onnx/data-types.js';
import type { LayerScope } from '../layer-import.js';
import type { activationSchema } from './schemas.js';

type Emit = (scope: LayerScope, value: string) => string;

const simple =
  (op: string): Emit =>
  ({ node }, value) =>
    node(op, [value]);

export const clip =
  (low: number, high: number): Emit =>
  ({ node, builder }, value) =>
    node('Clip', [value, builder.scalar(low), builder.scalar(high)]);

export const leaky =
  (slope: number): Emit =>
  ({ node }, value) =>
    node('LeakyRelu', [value], { alpha: float(slope) });

/** x·σ(x) */
const swish: Emit = ({ node }, value) => node('Mul', [value, node('Sigmoid', [value])]);

/** x·½(1 + erf(x/√2)), the exact form and the default of Keras. */
const gelu: Emit = ({ node, builder }, value) => {
  const erf = node('Erf', [node('Mul', [value, builder.scalar(Math.SQRT1_2)])]);
  return node('Mul', [node('Mul', [value, builder.scalar(0.5)]), node('Add', [erf, builder.scalar(1)])]);
};

/** x·½(1 + tanh(√(2/π)·(x + 0.044715·x³))) */
export const approximateGelu: Emit = ({ node, builder }, value) => {
  const bend = node('Add', [node('Mul', [node('Mul', [value, value]), builder.scalar(0.044715)]), builder.scalar(1)]);
  const tanh = node('Tanh', [node('Mul', [node('Mul', [value, bend]), builder.scalar(Math.sqrt(2 / Math.PI))])]);
  return node('Mul', [node('Mul', [value, builder.scalar(0.5)]), node('Add', [tanh, builder.scalar(1)])]);
};

/** Keras 2 and TensorFlow.js: clip(x/5 + ½) to [0, 1]; Keras 3: clip(x/6 + ½). */
const hardSigmoid: Emit = ({ node, kerasVersion, definitions, corrected }, value) => {
  // For a model that Keras 3 made and the converter wrote, earlier versions used that of Keras 3.
  if (definitions === 'tensorflow.js') corrected('hard sigmoid');
  return node('HardSigmoid', [value], { alpha: float(kerasVersion === 2 ? 0.2 : 1 / 6), beta: float(0.5) });
};

/** x·clip(x/6 + ½) */
const hardSwish: Emit = ({ node }, value) =>
  node('Mul', [value, node('HardSigmoid', [value], { alpha: float(1 / 6), beta: float(0.5) })]);

const mish: Emit = ({ node }, value) => node('Mul', [value, node('Tanh', [node('Softplus', [value])])]);

/** Softmax over the last axis in Keras: the channels, unless the model is channels first. */
const overLastAxis =
  (op: 'Softmax' | 'LogSoftmax'): Emit =>
  (scope, value) => {
    const { shape } = scope.input;
    if (shape.length > 1 && scope.order === 'channels_first') return scope.refuse('its softmax does not run over the channels');
    return scope.node(op, [value], { axis: int(1) });
  };

/** x − clip(x, −t, t): 0 between −t and t, and moved towards 0 by t beyond. */
export const softShrink =
  (threshold: number): Emit =>
  (scope, value) =>
    scope.node('Sub', [value, clip(-threshold, threshold)(scope, value)]);

/** x beyond −t and t, and 0 between. */
export const hardShrink =
  (threshold: number): Emit =>
  ({ node, builder }, value) =>
    node('Where', [node('Greater', [node('Abs', [value]), builder.scalar(threshold)]), value, builder.scalar(0)]);

/** x above t, otherwise another number. */
export const thresholded =
  (threshold: number, otherwise: number): Emit =>
  ({ node, builder }, value) =>
    node('Where', [node('Greater', [value, builder.scalar(threshold)]), value, builder.scalar(otherwise)]);

/** ½(x + √(x² + b)) */
export const squareplus =
  (b: number): Emit =>
  ({ node, builder }, value) => {
    const root = node('Sqrt', [node('Add', [node('Mul', [value, value]), builder.scalar(b)])]);
    return node('Mul', [node('Add', [value, root]), builder.scalar(0.5)]);
  };

/** 0 up to −1, ¼(x + 1)² up to 1, then x: computed as ¼·c² + relu(x − 1), with c = x + 1 clipped to 0 … 2. */
const sparsePlus: Emit = (scope, value) => {
  const { node, builder } = scope;
  const kept = clip(0, 2)(scope, node('Add', [value, builder.scalar(1)]));
  const beyond = node('Relu', [node('Sub', [value, builder.scalar(1)])]);
  return node('Add', [node('Mul', [node('Mul', [kept, kept]), builder.scalar(0.25)]), beyond]);
};

/** −softplus(−x) */
const logSigmoid: Emit = ({ node }, value) => node('Neg', [node('Softplus', [node('Neg', [value])])]);

const tanhShrink: Emit = ({ node }, value) => node('Sub', [value, node('Tanh', [value])]);

/**
 * Sparsemax over the last axis, as in Keras 3: relu(x − τ), τ = (Σ_S w·x − 1)/|S|. S is the support of Martins and Astudillo
 * (2016), "From Softmax to Sparsemax": x_i is in S if Σ_j relu(x_j − x_i) < 1. Keras sums the running sums over S, so w_i is |S|
 * minus the number of larger values, while the paper has 1. The tests for S have no gradient.
 */
const sparsemax: Emit = (scope, value) => {
  const { node, builder, input, order } = scope;
  if (input.shape.length > 1 && order === 'channels_first') return scope.refuse('its sparsemax does not run over the channels');
  const axis = (own: number) => builder.constant(int64s([own]), 'axis');
  const sum = (term: string) => node('ReduceSum', [term, axis(1)], { keepdims: int(1) });
  const overOthers = (term: string) => node('ReduceSum', [term, axis(2)], { keepdims: int(0) });
  const asNumbers = (test: string) => node('Cast', [test], { to: int(dataTypes.float) });
  const pairs = node('Sub', [node('Unsqueeze', [value, axis(1)]), node('Unsqueeze', [value, axis(2)])]);
  const count = (test: string) => overOthers(asNumbers(node(test, [pairs, builder.scalar(0)])));
  const support = asNumbers(node('Less', [overOthers(node('Relu', [pairs])), builder.scalar(1)]));
  const size = sum(support);
  // Equal values share the mean of their ranks.
  const larger = node('Mul', [
    node('Sub', [node('Add', [count('Greater'), count('GreaterOrEqual')]), builder.scalar(1)]),
    builder.scalar(0.5),
  ]);
  const weights = node('Mul', [support, node('Sub', [size, larger])]);
  const total = node('Sub', [sum(node('Mul', [value, weights])), builder.scalar(1)]);
  return node('Relu', [node('Sub', [value, node('Div', [total, size])])]);
};

/** Activation functions by their Keras names. */
const activations: Readonly<Record<string, Emit>> = {
  linear: (_scope, value) => value,
  relu: simple('Relu'),
  relu6: clip(0, 6),
  leaky_relu: leaky(0.2),
  sigmoid: simple('Sigmoid'),
  tanh: simple('Tanh'),
  softmax: overLastAxis('Softmax'),
  log_softmax: overLastAxis('LogSoftmax'),
  softplus: simple('Softplus'),
  softsign: simple('Softsign'),
  elu: simple('Elu'),
  celu: simple('Elu'),
  selu: simple('Selu'),
  exponential: simple('Exp'),
  swish,
  silu: swish,
  gelu,
  hard_sigmoid: hardSigmoid,
  hard_swish: hardSwish,
  hard_silu: hardSwish,
  hard_tanh: clip(-1, 1),
  hard_shrink: hardShrink(0.5),
  soft_shrink: softShrink(0.5),
  tanh_shrink: tanhShrink,
  log_sigmoid: logSigmoid,
  sparse_plus: sparsePlus,
  // ½(x + 1) kept within 0 and 1
  sparse_sigmoid: ({ node }, value) => node('HardSigmoid', [value], { alpha: float(0.5), beta: float(0.5) }),
  sparsemax,
  squareplus: squareplus(4),
  mish,
};

/** The name of an activation: a string, or a function as Keras 3 writes it. */
export function activationName(activation: z.infer<typeof activationSchema>): string {
  if (activation === null || activation === undefined) return 'linear';
  if (typeof activation === 'string') return activation;
  return typeof activation.config === 'string' ? activation.config : JSON.stringify(activation);
}

const activationNames: readonly string[] = Object.keys(activations);

/** Adds a layer's activation. Null adds none. */
export function activate(scope: LayerScope, value: string, activation: z.infer<typeof activationSchema>): string {
  const name = activationName(activation);
  const emit = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (emit === undefined) return scope.refuse(`its activation is "${name}"; supported: ${activationNames.join(', ')}`);
  return emit(scope, value);
}
