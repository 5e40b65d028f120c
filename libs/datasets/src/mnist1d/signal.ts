/** `numpy.linspace(start, stop, length)`. */
export function linspace(start: number, stop: number, length: number): Float64Array {
  const step = (stop - start) / (length - 1);
  const values = Float64Array.from({ length }, (_, i) => i * step + start);
  values[length - 1] = stop;
  return values;
}

/** Resamples a signal to `target.length` points from its first to its last. */
export type Resampler = (signal: Float64Array, target: Float64Array) => void;

/** Linear interpolation between equidistant points: `scipy.interpolate.interp1d(kind='linear')` from one length to another. */
export function createResampler(from: number, to: number): Resampler {
  const knots = linspace(0, 1, from);
  const points = linspace(0, 1, to);
  const lows = new Int32Array(to);
  let low = 0;
  for (const [i, point] of points.entries()) {
    while (low < from - 2 && (knots[low + 1] ?? 1) <= point) low++;
    lows[i] = low;
  }
  return (signal, target) => {
    for (let i = 0; i < to; i++) {
      const j = lows[i] ?? 0;
      const left = signal[j] ?? 0;
      const knot = knots[j] ?? 0;
      const slope = ((signal[j + 1] ?? 0) - left) / ((knots[j + 1] ?? 1) - knot);
      target[i] = slope * ((points[i] ?? 0) - knot) + left;
    }
    target[to - 1] = signal[from - 1] ?? 0;
  };
}

/** Weights of a Gaussian cut at four standard deviations, w[0] in the centre, as `scipy.ndimage.gaussian_filter` has them. */
export function gaussianWeights(sigma: number): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5);
  const weights = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp((-0.5 * i * i) / (sigma * sigma)));
  let sum = weights[0] ?? 1;
  for (const weight of weights.subarray(1)) sum += 2 * weight;
  return weights.map((weight) => weight / sum);
}

/**
 * Correlates a signal with symmetric weights; beyond its ends it is mirrored (`d c b a | a b c d | d c b a`, scipy's
 * `reflect`). The signal must have at least as many points as there are weights.
 */
export function smooth(signal: Float64Array, weights: Float64Array, target: Float64Array): void {
  const last = signal.length - 1;
  const radius = weights.length - 1;
  for (let i = 0; i <= last; i++) {
    let sum = (signal[i] ?? 0) * (weights[0] ?? 0);
    for (let distance = radius; distance > 0; distance--) {
      const left = i - distance;
      const right = i + distance;
      const mirroredLeft = signal[left < 0 ? -1 - left : left] ?? 0;
      const mirroredRight = signal[right > last ? 2 * last + 1 - right : right] ?? 0;
      sum += (mirroredLeft + mirroredRight) * (weights[distance] ?? 0);
    }
    target[i] = sum;
  }
}
