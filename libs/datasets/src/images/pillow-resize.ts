/** 8-bit values, `[height, width, channels]`. */
export interface Pixels {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** The precision of Pillow's fixed-point weights: 8 bits for the value, 2 for the sum. */
const PRECISION_BITS = 32 - 8 - 2;
const HALF = 1 << (PRECISION_BITS - 1);

/** The inputs along one axis that make each output: `count[i]` of them from `first[i]` on, weighted by `weights[i·taps …]`. */
interface AxisWeights {
  readonly taps: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

/** The filters of Pillow's Resample.c: how far each reaches, and its weight at a distance. */
const filters = {
  bilinear: { support: 1, weight: (distance: number) => Math.max(0, 1 - distance) },
  // Keys 1981 with a = −0.5, in the order of operations of `bicubic_filter`.
  bicubic: {
    support: 2,
    weight: (distance: number) =>
      distance < 1
        ? (1.5 * distance - 2.5) * distance * distance + 1
        : distance < 2
          ? (((distance - 5) * distance + 8) * distance - 4) * -0.5
          : 0,
  },
} as const;
export type PillowFilter = keyof typeof filters;

/**
 * The weights of a filter along one axis. The filter is widened when scaling down, as in `precompute_coeffs` and
 * `normalize_coeffs_8bpc` of Pillow's Resample.c: computed in doubles, normalised, then rounded to fixed point.
 */
function axisWeights(from: number, to: number, filter: PillowFilter): AxisWeights {
  const { support: reach, weight: weightAt } = filters[filter];
  const scale = from / to;
  const filterScale = Math.max(1, scale);
  const support = reach * filterScale;
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(from, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let t = 0; t < high - low; t++) {
      // Pillow multiplies and does not divide; the last bit of a weight depends on it.
      const weight = weightAt(Math.abs((t + low - centre + 0.5) * (1 / filterScale)));
      exact[t] = weight;
      sum += weight;
    }
    first[i] = low;
    count[i] = high - low;
    for (let t = 0; t < high - low; t++) {
      const weight = sum === 0 ? 0 : (exact[t] ?? 0) / sum;
      weights[i * taps + t] = Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * (1 << PRECISION_BITS));
    }
  }
  return { taps, first, count, weights };
}

export type Resize = (pixels: Pixels) => Pixels;

/**
 * Pillow's `Image.resize(size, filter)` for 8-bit images, bit for bit: a horizontal pass, rounded to 8 bits, then a
 * vertical one. A pass that would change nothing is skipped. The weights for the last image size are kept.
 */
export function createPillowResize(to: ImageSize, filter: PillowFilter = 'bilinear'): Resize {
  let known: { readonly from: ImageSize; readonly across: AxisWeights; readonly down: AxisWeights } | undefined;
  return (pixels) => {
    if (known?.from.height !== pixels.height || known.from.width !== pixels.width) {
      known = {
        from: { height: pixels.height, width: pixels.width },
        across: axisWeights(pixels.width, to.width, filter),
        down: axisWeights(pixels.height, to.height, filter),
      };
    }
    const across = pixels.width === to.width ? pixels : resizeAcross(pixels, to.width, known.across);
    return across.height === to.height ? across : resizeDown(across, to.height, known.down);
  };
}

// The weights of a triangle are not negative and add up to 2²², up to one unit each. So no sum leaves 0 … 255 · 2²². Those of the
// bicubic filter may, by less than a third; its values are clipped.

function resizeAcross(pixels: Pixels, width: number, axis: AxisWeights): Pixels {
  const { height, channels, data } = pixels;
  const result = new Uint8ClampedArray(height * width * channels);
  const { taps, first, count, weights } = axis;
  for (let y = 0; y < height; y++) {
    const row = y * pixels.width * channels;
    let out = y * width * channels;
    for (let x = 0; x < width; x++) {
      const start = row + (first[x] ?? 0) * channels;
      const n = count[x] ?? 0;
      const w = x * taps;
      if (channels === 3) {
        let red = HALF;
        let green = HALF;
        let blue = HALF;
        for (let t = 0, i = start; t < n; t++, i += 3) {
          const weight = weights[w + t] ?? 0;
          red = (red + Math.imul(data[i] ?? 0, weight)) | 0;
          green = (green + Math.imul(data[i + 1] ?? 0, weight)) | 0;
          blue = (blue + Math.imul(data[i + 2] ?? 0, weight)) | 0;
        }
        result[out] = red >> PRECISION_BITS;
        result[out + 1] = green >> PRECISION_BITS;
        result[out + 2] = blue >> PRECISION_BITS;
      } else {
        for (let c = 0; c < channels; c++) {
          let sum = HALF;
          for (let t = 0; t < n; t++) sum += Math.imul(data[start + t * channels + c] ?? 0, weights[w + t] ?? 0);
          result[out + c] = sum >> PRECISION_BITS;
        }
      }
      out += channels;
    }
  }
  return { height, width, channels, data: new Uint8Array(result.buffer) };
}

function resizeDown(pixels: Pixels, height: number, axis: AxisWeights): Pixels {
  const { width, channels, data } = pixels;
  const stride = width * channels;
  const result = new Uint8ClampedArray(height * stride);
  const sums = new Int32Array(stride);
  const { taps, first, count, weights } = axis;
  for (let y = 0; y < height; y++) {
    const out = y * stride;
    const top = (first[y] ?? 0) * stride;
    const n = count[y] ?? 0;
    const w = y * taps;
    if (n === 2) {
      // True for nearly every row when scaling up: 1.6 → 0.7 ms for 150×150 to 224×224.
      const [upper, lower, below] = [weights[w] ?? 0, weights[w + 1] ?? 0, top + stride];
      for (let i = 0; i < stride; i++) {
        const sum = HALF + Math.imul(data[top + i] ?? 0, upper) + Math.imul(data[below + i] ?? 0, lower);
        result[out + i] = sum >> PRECISION_BITS;
      }
      continue;
    }
    sums.fill(HALF);
    for (let t = 0; t < n; t++) {
      const row = top + t * stride;
      const weight = weights[w + t] ?? 0;
      for (let i = 0; i < stride; i++) sums[i] = (sums[i] ?? 0) + Math.imul(data[row + i] ?? 0, weight);
    }
    for (let i = 0; i < stride; i++) result[out + i] = (sums[i] ?? 0) >> PRECISION_BITS;
  }
  return { height, width, channels, data: new Uint8Array(result.buffer) };
}
