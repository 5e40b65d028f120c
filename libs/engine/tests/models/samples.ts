import type { Tensor } from '@xaigrid/tensor';
import type { KerasModel } from './keras-models.js';
import { normals } from './random.js';

/** `count` samples of normal noise for a model, the same for the same seed. */
export function samplesFor(model: Pick<KerasModel, 'inputShape'>, count: number, seed: number): Tensor {
  const size = model.inputShape.reduce((a, b) => a * b, 1);
  return { shape: [count, ...model.inputShape], data: normals(count * size, seed) };
}

/** 0, 1, …, classes − 1, 0, 1, … */
export function roundRobin(count: number, classes: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: count }, (_, index) => index % classes);
}

/** The given samples, in the given order, copied. */
export function pick(tensor: Tensor, indices: readonly number[]): Tensor {
  const stride = tensor.data.length / (tensor.shape[0] ?? 1);
  const data = new Float32Array(indices.length * stride);
  indices.forEach((index, row) => data.set(tensor.data.subarray(index * stride, (index + 1) * stride), row * stride));
  return { shape: [indices.length, ...tensor.shape.slice(1)], data };
}
