/** Large enough for any input: a Gaussian several times as wide as the input leaves only the mean. */
export const LARGEST_SIGMA = 10_000;

/**
 * What lies beyond the borders: the positions reflected (d c b a | a b c d | d c b a), or zeros. `reflect` and `constant` of
 * `scipy.ndimage.gaussian_filter`.
 */
export type Border = 'reflect' | 'zero';

/**
 * The Gaussian blur of one axis as a matrix: row i holds the weight of each position in blurred position i. The kernel is cut at
 * radius ⌊4σ + 0.5⌋ and normalised, as in `scipy.ndimage.gaussian_filter`. Positions are reflected at the borders.
 * @returns `[extent, extent]`, flat; the identity for σ = 0.
 */
export function gaussianMatrix(sigma: number, extent: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(gaussianWeights(sigma, extent, { border: 'reflect' }));
}

/** The matrix of `gaussianMatrix` in float64, with either border. @param radius where the kernel is cut; default: ⌊4σ + 0.5⌋ */
export function gaussianWeights(
  sigma: number,
  extent: number,
  { border, radius = Math.floor(4 * sigma + 0.5) }: { readonly border: Border; readonly radius?: number | undefined },
): Float64Array<ArrayBuffer> {
  // Reflection repeats after 2·extent positions. Without it, no distance is larger than extent − 1.
  const weights = kernelByDistance(sigma, 2 * extent, { border, radius });
  const matrix = new Float64Array(extent * extent);
  for (let i = 0; i < extent; i++) {
    for (let j = 0; j < extent; j++) {
      // j and −1 − j hold the same value.
      const own = at(weights, j - i);
      matrix[i * extent + j] = border === 'reflect' ? own + at(weights, -1 - j - i) : own;
    }
  }
  return matrix;
}

/** The weights of the kernel by distance: `[period]`. With reflection, distances that differ by a period are added up. */
function kernelByDistance(
  sigma: number,
  period: number,
  { border, radius }: { readonly border: Border; readonly radius: number },
): Float64Array {
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    radius === 0 ? 1 : Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = kernel.reduce((a, b) => a + b, 0);
  const weights = new Float64Array(period);
  for (const [i, weight] of kernel.entries()) {
    if (border === 'zero' && Math.abs(i - radius) >= period / 2) continue;
    const distance = modulo(i - radius, period);
    weights[distance] = (weights[distance] ?? 0) + weight / total;
  }
  return weights;
}

function at(weights: Float64Array, distance: number): number {
  return weights[modulo(distance, weights.length)] ?? 0;
}

function modulo(value: number, period: number): number {
  return ((value % period) + period) % period;
}
