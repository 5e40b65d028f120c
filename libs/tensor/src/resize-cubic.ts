import { sizeOf, type Tensor } from './tensor.js';

/** Places between two positions are rounded to so many steps, as TensorFlow looks weights up in a table. */
const STEPS = 1024;

/**
 * Cubic resize along every positional axis with half-pixel centres (Keys 1981, a = −0.5), in float64: the weights of positions
 * beyond the border are 0, and the others are scaled to add up to 1. As `tf.image.resize(method='bicubic')`.
 *
 * @param input channels last, `[n, ...positions, channels]`
 * @param positions the new extents
 * @returns `[n, ...positions, channels]`
 */
export function resizeCubic(input: Tensor, positions: readonly number[]): Tensor {
  const [samples = 0, ...rest] = input.shape;
  let values: ArrayLike<number> = input.data;
  const shape = [samples, ...rest];
  for (const [axis, to] of positions.entries()) {
    const from = shape[axis + 1] ?? 1;
    const before = sizeOf(shape.slice(0, axis + 1));
    const after = sizeOf(shape.slice(axis + 2));
    const resized = new Float64Array(before * to * after);
    for (let at = 0; at < to; at++) {
      const { first, weights } = tapsOf(at, from, to);
      for (let row = 0; row < before; row++) {
        for (let i = 0; i < after; i++) {
          let sum = 0;
          for (const [tap, weight] of weights.entries())
            if (weight !== 0) sum += weight * (values[(row * from + first + tap) * after + i] ?? NaN);
          resized[(row * to + at) * after + i] = sum;
        }
      }
    }
    shape[axis + 1] = to;
    values = resized;
  }
  return { shape, data: Float32Array.from(values) };
}

/** The first of four neighbouring positions, and their weights. */
function tapsOf(at: number, from: number, to: number): { readonly first: number; readonly weights: readonly number[] } {
  const place = ((at + 0.5) * from) / to - 0.5;
  const low = Math.floor(place);
  const share = Math.round((place - low) * STEPS) / STEPS;
  const weights = [1 + share, share, 1 - share, 2 - share].map((distance, tap) => {
    const position = low - 1 + tap;
    return position < 0 || position >= from ? 0 : keys(distance);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { first: low - 1, weights: weights.map((weight) => weight / total) };
}

function keys(distance: number): number {
  if (distance <= 1) return (1.5 * distance - 2.5) * distance ** 2 + 1;
  return ((-0.5 * distance + 2.5) * distance - 4) * distance + 2;
}
