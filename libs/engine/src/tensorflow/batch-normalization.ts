import type { SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from './load-tensorflow.js';

/**
 * A BatchNormalization layer without scale or centre, or along another axis than the last, as x·s + t: the gradient of TensorFlow.js 4.22's
 * kernel fails with a TypeError where one of them is missing, and along another axis its numbers are wrong.
 * @returns undefined for other layers
 */
export function batchNormalization(
  tf: TensorFlow,
  layer: SymbolicTensor['sourceLayer'],
): ((inputs: readonly Tensor[]) => Tensor) | undefined {
  const { scale, center, axis, epsilon } = layer.getConfig();
  const last = Number(axis) === -1 || Number(axis) === [layer.outputShape].flat(2).length - 1;
  if (layer.getClassName() !== 'BatchNormalization' || (scale === true && center === true && last)) return undefined;
  return (inputs) => {
    const [input] = inputs as readonly [Tensor];
    // In the order in which the layer makes them: the trained ones, of which any may be there, before the statistics.
    const weights = layer.getWeights();
    const [mean, variance] = weights.slice(-2) as [Tensor, Tensor];
    const inverse = tf.rsqrt(tf.add(variance, Number(epsilon)));
    const slope = scale === true ? tf.mul(weights[0] ?? 1, inverse) : inverse;
    const offset = tf.sub(center === true ? (weights.at(-3) ?? 0) : 0, tf.mul(mean, slope));
    const channels = Number(axis) < 0 ? input.rank + Number(axis) : Number(axis);
    const shape = input.shape.map((extent, i) => (i === channels ? extent : 1));
    return tf.add(tf.mul(input, tf.reshape(slope, shape)), tf.reshape(offset, shape));
  };
}
