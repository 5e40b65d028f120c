import { sizeOf } from '@xaigrid/tensor';
import { gaussianMatrix, gaussianWeights, type Border } from './gaussian-matrix.js';

type Float32 = Float32Array<ArrayBuffer>;
type Float64 = Float64Array<ArrayBuffer>;

/**
 * One sample blurred by a Gaussian, axis by axis, each channel by itself: as engines blur (`MaskBaseline`), without an engine.
 * @param values `[...positions, channels]` @param sigma the standard deviation, in positions
 */
export function blurredValues(values: Float32, inputShape: readonly number[], sigma: number): Float32 {
  return alongPositions(values, inputShape, {
    matrixOf: (extent) => gaussianMatrix(sigma, extent),
    empty: (length) => new Float32Array(length),
  });
}

/**
 * The same in float64, with either border, as `scipy.ndimage.gaussian_filter`.
 * @param options.radius where the kernel is cut, in positions; default: ⌊4σ + 0.5⌋
 */
export function blurredExactly(
  values: Float64,
  inputShape: readonly number[],
  { sigma, ...kernel }: { readonly sigma: number; readonly border: Border; readonly radius?: number },
): Float64 {
  return alongPositions(values, inputShape, {
    matrixOf: (extent) => gaussianWeights(sigma, extent, kernel),
    empty: (length) => new Float64Array(length),
  });
}

/** Multiplies every position axis of a sample by the matrix `[extent, extent]` of its extent. */
function alongPositions<Values extends Float32 | Float64>(
  values: Values,
  inputShape: readonly number[],
  { matrixOf, empty }: { readonly matrixOf: (extent: number) => Float32 | Float64; readonly empty: (length: number) => Values },
): Values {
  let from = values;
  for (const [axis, extent] of inputShape.slice(0, -1).entries()) {
    const matrix = matrixOf(extent);
    const stride = sizeOf(inputShape.slice(axis + 1));
    const to = empty(from.length);
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
