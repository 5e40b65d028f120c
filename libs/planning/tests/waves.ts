import { sizeOf, type Tensor } from '@xaigrid/tensor';

/** Rows of numbers from −1 to 1, each another. */
export function waves(shape: readonly number[], count: number): Tensor {
  const size = sizeOf(shape);
  const data = Float32Array.from({ length: count * size }, (_, at) => Math.sin(0.7 * at + Math.floor(at / size)));
  return { shape: [count, ...shape], data };
}
