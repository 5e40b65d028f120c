import { sizeOf } from '@xaigrid/tensor';
import { gaussianMatrix } from './gaussian-matrix.js';

type Float32 = Float32Array<ArrayBuffer>;

/**
 * One sample blurred by a Gaussian, axis by axis, each channel by itself: as engines blur (`MaskBaseline`), without an engine.
 * @param values `[...positions, channels]` @param sigma the standard deviation, in positions
 */
export function blurredValues(values: Float32, inputShape: readonly number[], sigma: number): Float32 {
  return alongPositions(values, inputShape, (extent) => gaussianMatrix(sigma, extent));
}

/** Multiplies every position axis of a sample by the matrix `[extent, extent]` of its extent. */
export function alongPositions(values: Float32, inputShape: readonly number[], matrixOf: (extent: number) => Float32): Float32 {
  let from = values;
  for (const [axis, extent] of inputShape.slice(0, -1).entries()) {
    const matrix = matrixOf(extent);
    const stride = sizeOf(inputShape.slice(axis + 1));
    const to = new Float32Array(from.length);
    for (let place = 0; place < extent; place++) {
      const row = matrix.subarray(place * extent, (place + 1) * extent);
      // Beyond the kernel's radius all weights are 0.
      const [first, last] = [row.findIndex((weight) => weight !== 0), row.findLastIndex((weight) => weight !== 0)];
      for (let block = 0; block < from.length; block += stride * extent) {
        for (let inner = 0; inner < stride; inner++) {
          let sum = 0;
          for (let other = first; other <= last; other++)
            sum += (row[other] ?? NaN) * (from[block + other * stride + inner] ?? NaN);
          to[block + place * stride + inner] = sum;
        }
      }
    }
    from = to;
  }
  return from;
}
