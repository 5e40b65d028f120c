/** `numpy.linspace(start, stop, length)`. */
export function linspace(start: number, stop: number, length: number): Float64Array {
  const step = (stop - start) / (length - 1);
  const values = Float64Array.from({ length }, (_, i) => i * step + start);
  values[length - 1] = stop;
  return values;
}

/** Resamples a signal to `target.length` points, from its first to its last point. */
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

/** The weights of a Gaussian cut at four standard deviations, with w[0] the centre, as in `scipy.ndimage.gaussian_filter`. */
export function gaussianWeights(sigma: number): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5);
  const weights = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp((-0.5 * i * i) / (sigma * sigma)));
  let sum = weights[0] ?? 1;
  for (const weight of weights.subarray(1)) sum += 2 * weight;
  return weights.map((weight) => weight / sum);
}

/**
 * A filter for signals of one length that correlates them with symmetric weights. Beyond its ends a signal is mirrored (`d c b a
 * | a b c d | d c b a`, scipy's `reflect`). The length must be at least the number of weights.
 */
export function createFilter(length: number, weights: Float64Array): (signal: Float64Array, target: Float64Array) => void {
  const radius = weights.length - 1;
  const mirrored = new Float64Array(length + 2 * radius);
  return (signal, target) => {
    mirrored.set(signal, radius);
    for (let i = 0; i < radius; i++) {
      mirrored[radius - 1 - i] = signal[i] ?? 0;
      mirrored[radius + length + i] = signal[length - 1 - i] ?? 0;
    }
    for (let i = 0; i < length; i++) {
      const centre = i + radius;
      let sum = (mirrored[centre] ?? 0) * (weights[0] ?? 0);
      for (let distance = radius; distance > 0; distance--) {
        sum += ((mirrored[centre - distance] ?? 0) + (mirrored[centre + distance] ?? 0)) * (weights[distance] ?? 0);
      }
      target[i] = sum;
    }
  };
}
