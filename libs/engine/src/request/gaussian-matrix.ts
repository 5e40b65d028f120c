/** Large enough for any input: a Gaussian several times as wide as the input leaves only the mean. */
export const LARGEST_SIGMA = 10_000;

/**
 * The Gaussian blur of one axis as a matrix: row i holds the weight of each position in blurred position i. The kernel is cut at
 * radius ⌊4σ + 0.5⌋ and normalised. Positions beyond the borders are reflected (d c b a | a b c d | d c b a), as in
 * `scipy.ndimage.gaussian_filter`. Computed in float64.
 * @returns `[extent, extent]`, flat; the identity for σ = 0.
 */
export function gaussianMatrix(sigma: number, extent: number): Float32Array<ArrayBuffer> {
  const weights = reflectedKernel(sigma, 2 * extent);
  const matrix = new Float32Array(extent * extent);
  for (let i = 0; i < extent; i++) {
    for (let j = 0; j < extent; j++) {
      // Reflection repeats after 2·extent positions; j and −1 − j hold the same value.
      matrix[i * extent + j] = at(weights, j - i) + at(weights, -1 - j - i);
    }
  }
  return matrix;
}

/** The weights of the kernel by distance, summed over distances that differ by a multiple of `period`: `[period]`. */
function reflectedKernel(sigma: number, period: number): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    radius === 0 ? 1 : Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = kernel.reduce((a, b) => a + b, 0);
  const weights = new Float64Array(period);
  for (const [i, weight] of kernel.entries()) {
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
