import { sizeOf } from '@xaigrid/tensor';

/** How two images are compared. */
export interface SsimOptions {
  /** The shape of both images, without channels. */
  readonly shape: readonly number[];
  /** The side of a uniform window, odd; or the Gaussian of Wang et al. with σ = 1.5 and 11 taps. */
  readonly window: number | 'gaussian';
  /** L, the range of the values. */
  readonly range: number;
}

const SIGMA = 1.5;
const GAUSSIAN_TAPS = 11;

/** The length that each axis must have at least. */
export const windowOf = (window: SsimOptions['window']): number => (window === 'gaussian' ? GAUSSIAN_TAPS : window);

/**
 * The mean structural similarity of two images with any number of axes (Wang et al. 2004, "Image quality assessment: from error
 * visibility to structural similarity", IEEE TIP 13), over the windows that lie inside them: `structural_similarity` of
 * scikit-image 0.26 with sample covariances, K₁ = 0.01 and K₂ = 0.03. NaN if the range is 0 and both images are the same
 * everywhere.
 */
export function ssim(a: Float64Array, b: Float64Array, { shape, window, range }: SsimOptions): number {
  const taps = tapsOf(window);
  const mean = (values: Float64Array): Float64Array => filtered(values, shape, taps);
  const product = (one: Float64Array, other: Float64Array): Float64Array => one.map((value, at) => value * (other[at] ?? NaN));
  const [ma, mb, maa, mbb, mab] = [a, b, product(a, a), product(b, b), product(a, b)].map(mean);
  const count = taps.length ** shape.length;
  const unbiased = count / (count - 1);
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  let sum = 0;
  const windows = ma?.length ?? 0;
  for (let at = 0; at < windows; at++) {
    const [ua, ub] = [ma?.[at] ?? NaN, mb?.[at] ?? NaN];
    const va = unbiased * ((maa?.[at] ?? NaN) - ua * ua);
    const vb = unbiased * ((mbb?.[at] ?? NaN) - ub * ub);
    const vab = unbiased * ((mab?.[at] ?? NaN) - ua * ub);
    sum += ((2 * ua * ub + c1) * (2 * vab + c2)) / ((ua * ua + ub * ub + c1) * (va + vb + c2));
  }
  return sum / windows;
}

function tapsOf(window: SsimOptions['window']): Float64Array {
  if (window !== 'gaussian') return new Float64Array(window).fill(1 / window);
  const taps = Float64Array.from({ length: GAUSSIAN_TAPS }, (_, at) =>
    Math.exp(-((at - (GAUSSIAN_TAPS - 1) / 2) ** 2) / (2 * SIGMA ** 2)),
  );
  const total = taps.reduce((sum, tap) => sum + tap, 0);
  return taps.map((tap) => tap / total);
}

/** The weighted mean of every window inside the image, axis by axis. */
function filtered(values: Float64Array, shape: readonly number[], taps: Float64Array): Float64Array {
  let [now, extents] = [values, [...shape]];
  for (let axis = 0; axis < shape.length; axis++) {
    const extent = extents[axis] ?? 1;
    const left = extent - taps.length + 1;
    const stride = sizeOf(extents.slice(axis + 1));
    const outer = sizeOf(extents.slice(0, axis));
    const next = new Float64Array(outer * left * stride);
    for (let o = 0; o < outer; o++)
      for (let at = 0; at < left * stride; at++) {
        let sum = 0;
        for (let tap = 0, from = o * extent * stride + at; tap < taps.length; tap++, from += stride)
          sum += (taps[tap] ?? NaN) * (now[from] ?? NaN);
        next[o * left * stride + at] = sum;
      }
    now = next;
    extents = extents.with(axis, left);
  }
  return now;
}
