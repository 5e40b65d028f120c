import type { SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from './load-tensorflow.js';

/**
 * A LayerNormalization layer without scale or centre, in elementary operations: TensorFlow.js 4.22's layer fails with a TypeError
 * where one of them is missing.
 * @returns undefined for other layers
 */
export function layerNormalization(
  tf: TensorFlow,
  layer: SymbolicTensor['sourceLayer'],
): ((inputs: readonly Tensor[]) => Tensor) | undefined {
  const { scale, center, axis, epsilon } = layer.getConfig();
  if (layer.getClassName() !== 'LayerNormalization' || (scale === true && center === true)) return undefined;
  return (inputs) => {
    const [input] = inputs as readonly [Tensor];
    const axes = [axis].flat().map((given) => (Number(given) < 0 ? input.rank + Number(given) : Number(given)));
    const centred = tf.sub(input, tf.mean(input, axes, true));
    const variance = tf.mean(tf.square(centred), axes, true);
    const normal = tf.mul(centred, tf.rsqrt(tf.add(variance, Number(epsilon))));
    // There is at most one: the scale, or the centre.
    const [weight] = layer.getWeights();
    if (weight === undefined) return normal;
    const along = tf.reshape(
      weight,
      input.shape.map((extent, i) => (axes.includes(i) ? extent : 1)),
    );
    return scale === true ? tf.mul(normal, along) : tf.add(normal, along);
  };
}
