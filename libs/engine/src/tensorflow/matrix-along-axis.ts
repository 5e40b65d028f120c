import type { Tensor } from '@tensorflow/tfjs';
import { sizeOf } from '@xaigrid/tensor';
import type { TensorFlow } from './tensorflow-library.js';

/**
 * Multiplies one axis of a tensor by a constant matrix `[to, from]` (flat). The extent of the axis changes from `from` to `to`.
 * The gradient is a product too, with kernels that all backends have.
 */
export function matrixAlongAxis(tf: TensorFlow, value: Tensor, axis: number, matrix: Float32Array): Tensor {
  const { shape } = value;
  const from = shape[axis] ?? 1;
  const to = matrix.length / from;
  const before = sizeOf(shape.slice(0, axis));
  const columns = tf.reshape(value, [before, from, value.size / (before * from)]);
  return tf.reshape(tf.matMul(tf.tensor3d(matrix, [1, to, from]), columns), shape.with(axis, to));
}
