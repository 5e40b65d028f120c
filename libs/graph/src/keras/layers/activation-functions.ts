import type { z } from 'zod';
import { float, int } from '../../attributes.js';
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

const leaky =
  (slope: number): Emit =>
  ({ node }, value) =>
    node('LeakyRelu', [value], { alpha: float(slope) });

/** x·σ(x) */
const swish: Emit = ({ node }, value) => node('Mul', [value, node('Sigmoid', [value])]);

/** x·½(1 + erf(x/√2)), the exact form, Keras's default. */
const gelu: Emit = ({ node, builder }, value) => {
  const erf = node('Erf', [node('Mul', [value, builder.scalar(Math.SQRT1_2)])]);
  return node('Mul', [node('Mul', [value, builder.scalar(0.5)]), node('Add', [erf, builder.scalar(1)])]);
};

/** Keras 2 and TensorFlow.js: clip(x/5 + ½) to [0, 1]; Keras 3: clip(x/6 + ½). */
const hardSigmoid: Emit = ({ node, kerasVersion, definitions, corrected }, value) => {
  // A model that Keras 3 made and the converter wrote had Keras 3's.
  if (definitions === 'tensorflow.js') corrected('hard sigmoid');
  return node('HardSigmoid', [value], { alpha: float(kerasVersion === 2 ? 0.2 : 1 / 6), beta: float(0.5) });
};

/** x·clip(x/6 + ½) */
const hardSwish: Emit = ({ node }, value) =>
  node('Mul', [value, node('HardSigmoid', [value], { alpha: float(1 / 6), beta: float(0.5) })]);

const mish: Emit = ({ node }, value) => node('Mul', [value, node('Tanh', [node('Softplus', [value])])]);

/** Over Keras's last axis: channels, unless the model is channels first. */
const softmax: Emit = (scope, value) => {
  const { shape } = scope.input;
  if (shape.length > 1 && scope.order === 'channels_first') return scope.refuse('its softmax does not run over the channels');
  return scope.node('Softmax', [value], { axis: int(1) });
};

/** Activation functions by their Keras names. */
const activations: Readonly<Record<string, Emit>> = {
  linear: (_scope, value) => value,
  relu: simple('Relu'),
  relu6: clip(0, 6),
  leaky_relu: leaky(0.2),
  sigmoid: simple('Sigmoid'),
  tanh: simple('Tanh'),
  softmax,
  softplus: simple('Softplus'),
  softsign: simple('Softsign'),
  elu: simple('Elu'),
  selu: simple('Selu'),
  exponential: simple('Exp'),
  swish,
  silu: swish,
  gelu,
  hard_sigmoid: hardSigmoid,
  hard_swish: hardSwish,
  hard_silu: hardSwish,
  mish,
};

/** What an `activation` names: a string, or Keras 3's way to write down a function. */
export function activationName(activation: z.infer<typeof activationSchema>): string {
  if (activation === null || activation === undefined) return 'linear';
  if (typeof activation === 'string') return activation;
  return typeof activation.config === 'string' ? activation.config : JSON.stringify(activation);
}

/** Adds the activation that a layer's `activation` names; none for null. */
export function activate(scope: LayerScope, value: string, activation: z.infer<typeof activationSchema>): string {
  const name = activationName(activation);
  const emit = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (emit === undefined) return scope.refuse(`its activation is "${name}"; supported: ${Object.keys(activations).join(', ')}`);
  return emit(scope, value);
}
