import type { Tensor } from '@tensorflow/tfjs';
import { sizeOf } from '@xaigrid/tensor';
import type { TensorFlow } from './tensorflow-library.js';

/**
 * A constant matrix `[to, from]` (flat) times one axis of a tensor, whose extent there goes from `from` to `to`. Its gradient
 * is a product too, of kernels that all backends have.
 */
export function matrixAlongAxis(tf: TensorFlow, value: Tensor, axis: number, matrix: Float32Array): Tensor {
  const { shape } = value;
  const from = shape[axis] ?? 1;
  const to = matrix.length / from;
  const before = sizeOf(shape.slice(0, axis));
  const columns = tf.reshape(value, [before, from, value.size / (before * from)]);
  return tf.reshape(tf.matMul(tf.tensor3d(matrix, [1, to, from]), columns), shape.with(axis, to));
}
