import type { Tensor } from '@tensorflow/tfjs';
import { only, type OwnLayer, type Shape } from './layer.js';
import type { TensorFlow } from '../tensorflow-library.js';

/** The broadcast shape as in NumPy, for inputs with the same number of axes. */
const broadcast = (inputs: readonly Shape[]): number[] =>
  (inputs[0] ?? []).map((_, axis) => Math.max(...inputs.map((input) => input[axis] ?? 1)));

/** A layer that combines its inputs from left to right, two at a time. */
const folded = (combine: (tf: TensorFlow, a: Tensor, b: Tensor) => Tensor): OwnLayer => ({
  shape: (_, inputs) => broadcast(inputs),
  build:
    ({ tf }) =>
    (inputs) =>
      inputs.slice(1).reduce((a, b) => combine(tf, a, b), only(inputs)),
});

/** The larger or smaller of two. Equal values share the gradient; TensorFlow.js gives all of it to the first. */
const extreme = (first: 'greater' | 'less'): OwnLayer =>
  folded((tf, a, b) => {
    // 1 where a is taken, ½ where both are equal. Its gradient must be zero, which TensorFlow.js allows only by customGrad.
    const share = tf.customGrad((x, y) => {
      const [left, right] = [x as Tensor, y as Tensor];
      const taken = tf.cast(tf[first](left, right), 'float32');
      const value = tf.add(taken, tf.mul(tf.cast(tf.equal(left, right), 'float32'), 0.5));
      return { value, gradFunc: () => [tf.zerosLike(left), tf.zerosLike(right)] };
    })(a, b);
    return tf.add(tf.mul(a, share), tf.mul(b, tf.sub(1, share)));
  });

/** The layer of InceptionResNetV2 in keras.applications: the first input plus a share of the second. */
const scaledSum: OwnLayer = {
  shape: (_, inputs) => broadcast(inputs),
  build:
    ({ tf, config }) =>
    ([whole, part]) => {
      if (whole === undefined || part === undefined) throw new TypeError('A sum has two inputs.');
      return tf.add(whole, tf.mul(part, Number(config.scale)));
    },
};

export const mergeLayers: Readonly<Record<string, OwnLayer>> = {
  Subtract: folded((tf, a, b) => tf.sub(a, b)),
  Maximum: extreme('greater'),
  Minimum: extreme('less'),
  CustomScaleLayer: scaledSum,
};
