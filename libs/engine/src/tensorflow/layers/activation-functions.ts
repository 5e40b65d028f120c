import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../tensorflow-library.js';

type Function = (tf: TensorFlow, x: Tensor) => Tensor;

/** A function of each value with a given slope. At kinks, TensorFlow.js's own gradients differ from what docs/models.md says. */
export function elementwise(tf: TensorFlow, x: Tensor, value: Function, slope: Function): Tensor {
  return tf.customGrad((input, save) => {
    const given = input as Tensor;
    (save as (tensors: Tensor[]) => void)([given]);
    return { value: value(tf, given), gradFunc: (dy: Tensor, [saved = given]: Tensor[]) => tf.mul(dy, slope(tf, saved)) };
  })(x);
}

/** 1 where low < x < high, else 0. */
const inside = (tf: TensorFlow, x: Tensor, low: number, high: number): Tensor =>
  tf.mul(tf.cast(tf.greater(x, low), 'float32'), tf.cast(tf.less(x, high), 'float32'));

/** x clipped to two bounds, on which the slope is 0. */
const clipped =
  (low: number, high: number): Function =>
  (tf, x) =>
    elementwise(
      tf,
      x,
      (_, input) => tf.clipByValue(input, low, high),
      (_, input) => inside(tf, input, low, high),
    );

/** clip(slope·x + ½) to [0, 1] */
const hardSigmoid =
  (slope: number): Function =>
  (tf, x) =>
    clipped(0, 1)(tf, tf.add(tf.mul(x, slope), 0.5));

/** x·½(1 + erf(x/√2)) */
const gelu: Function = (tf, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
const silu: Function = (tf, x) => tf.mul(x, tf.sigmoid(x));
const hardSilu: Function = (tf, x) => tf.mul(x, hardSigmoid(1 / 6)(tf, x));

/** x beyond −½ and ½, and 0 between. */
const hardShrink: Function = (tf, x) => {
  const beyond: Function = (_, input) => tf.cast(tf.greater(tf.abs(input), 0.5), 'float32');
  return elementwise(tf, x, (_, input) => tf.mul(input, beyond(tf, input)), beyond);
};

/** 0 up to −1, ¼(x + 1)² up to 1, then x. */
const sparsePlus: Function = (tf, x) => {
  const kept = clipped(0, 2)(tf, tf.add(x, 1));
  return tf.add(tf.mul(tf.square(kept), 0.25), tf.relu(tf.sub(x, 1)));
};

/** Functions of each value by itself, by their Keras names. */
const elementwiseFunctions: Readonly<Record<string, Function>> = {
  relu: (tf, x) => tf.relu(x),
  relu6: clipped(0, 6),
  leaky_relu: (tf, x) => tf.leakyRelu(x, 0.2),
  sigmoid: (tf, x) => tf.sigmoid(x),
  tanh: (tf, x) => tf.tanh(x),
  softplus: (tf, x) => tf.softplus(x),
  softsign: (tf, x) => tf.div(x, tf.add(tf.abs(x), 1)),
  elu: (tf, x) => tf.elu(x),
  celu: (tf, x) => tf.elu(x),
  selu: (tf, x) => tf.selu(x),
  exponential: (tf, x) => tf.exp(x),
  swish: silu,
  silu,
  gelu,
  mish: (tf, x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  // Of Keras 2 and TensorFlow.js.
  hard_sigmoid: hardSigmoid(0.2),
  'hard_sigmoid of Keras 3': hardSigmoid(1 / 6),
  hard_silu: hardSilu,
  hard_swish: hardSilu,
  hard_tanh: clipped(-1, 1),
  hard_shrink: hardShrink,
  soft_shrink: (tf, x) => tf.sub(x, clipped(-0.5, 0.5)(tf, x)),
  tanh_shrink: (tf, x) => tf.sub(x, tf.tanh(x)),
  log_sigmoid: (tf, x) => tf.neg(tf.softplus(tf.neg(x))),
  sparse_plus: sparsePlus,
  sparse_sigmoid: (tf, x) => clipped(0, 1)(tf, tf.add(tf.mul(x, 0.5), 0.5)),
  squareplus: (tf, x) => tf.mul(tf.add(x, tf.sqrt(tf.add(tf.square(x), 4))), 0.5),
};

/**
 * Softmax over the last axis. The gradient of TensorFlow.js, y(g − Σ g·y), loses its digits if a y is near 1. Here g is first
 * reduced by its value at the largest y, which changes nothing else.
 */
export const softmax: Function = (tf, x) =>
  tf.customGrad((input, save) => {
    const y = tf.softmax(input as Tensor);
    (save as (tensors: Tensor[]) => void)([y]);
    return {
      value: y,
      gradFunc: (g: Tensor, [saved = y]: Tensor[]) => {
        const last = saved.rank - 1;
        const largest = tf.oneHot(tf.cast(tf.argMax(saved, last), 'int32'), saved.shape[last] ?? 1);
        const shifted = tf.sub(g, tf.sum(tf.mul(g, tf.cast(largest, 'float32')), last, true));
        return tf.mul(saved, tf.sub(shifted, tf.sum(tf.mul(shifted, saved), last, true)));
      },
    };
  })(x);

const overLastAxis: Readonly<Record<string, Function>> = {
  softmax,
  log_softmax: (tf, x) => tf.logSoftmax(x),
};

const functions: ReadonlyMap<string, Function> = new Map([
  // Differentiation needs a value that comes out of an operation.
  ['linear', (tf: TensorFlow, x: Tensor) => tf.clone(x)],
  ...Object.entries(elementwiseFunctions),
  ...Object.entries(overLastAxis),
]);

/** The function of a Keras activation. Undefined for an unknown one. */
export const activationFunction = (name: string): Function | undefined => functions.get(name);
/** Whether each value of the activation depends on one value only. */
export const isElementwise = (name: string): boolean => Object.hasOwn(elementwiseFunctions, name);
