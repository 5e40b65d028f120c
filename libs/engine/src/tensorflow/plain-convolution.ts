import type { SymbolicTensor, Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from './load-tensorflow.js';

/**
 * A Conv2D layer's linear part from `tf.conv2d`. The layer itself always calls the fused kernel, whose gradient computes
 * the filter's gradient too: work for nothing, and a kernel that WebAssembly does not have.
 * @returns undefined for other layers, and for channels first.
 */
export function plainConvolution(
  tf: TensorFlow,
  layer: SymbolicTensor['sourceLayer'],
): ((inputs: readonly Tensor[]) => Tensor) | undefined {
  const { strides, padding, dataFormat, dilationRate } = layer.getConfig();
  if (layer.getClassName() !== 'Conv2D' || dataFormat !== 'channelsLast') return undefined;
  if (padding !== 'same' && padding !== 'valid') return undefined;
  return ([input]) => {
    const [kernel, bias] = layer.getWeights();
    // A Conv2D layer's input and kernel have four axes.
    const linear = tf.conv2d(input as Tensor4D, kernel as Tensor4D, pair(strides), padding, 'NHWC', pair(dilationRate));
    return bias === undefined ? linear : tf.add(linear, bias);
  };
}

function pair(value: unknown): [number, number] {
  const [height = 1, width = height] = Array.isArray(value) ? value.map(Number) : [Number(value ?? 1)];
  return [height, width];
}
