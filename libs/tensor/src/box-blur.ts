import { sizeOf, type Tensor } from './tensor.js';

/**
 * Each sample with the mean of `extent` positions along every axis in the place of a value, each channel by itself, in float64. The
 * borders are mirrored (d c b | a b c d | c b a); of an even extent, one position more lies before than behind. As `cv2.blur` with
 * the same extent along both axes.
 * @param inputs `[n, ...positions, channels]` @returns the same shape
 */
export function boxBlurred(inputs: Tensor, extent: number): Tensor {
  const { shape } = inputs;
  let from = Float64Array.from(inputs.data);
  for (let axis = 1; axis < shape.length - 1; axis++) {
    const length = shape[axis] ?? 1;
    const before = sizeOf(shape.slice(0, axis));
    const after = sizeOf(shape.slice(axis + 1));
    const to = new Float64Array(from.length);
    const weights = shareOfPlaces(length, extent);
    for (let row = 0; row < before; row++) {
      for (const [place, shares] of weights.entries()) {
        for (let i = 0; i < after; i++) {
          let sum = 0;
          for (let other = 0; other < length; other++)
            sum += (shares[other] ?? NaN) * (from[(row * length + other) * after + i] ?? NaN);
          to[(row * length + place) * after + i] = sum / extent;
        }
      }
    }
    from = to;
  }
  return { shape, data: Float32Array.from(from) };
}

/** For each place along an axis, how often its window sees every place. */
function shareOfPlaces(length: number, extent: number): Int32Array[] {
  return Array.from({ length }, (_, place) => {
    const seen = new Int32Array(length);
    const first = place - Math.floor(extent / 2);
    for (let at = first; at < first + extent; at++) {
      const mirrored = mirror(at, length);
      seen[mirrored] = (seen[mirrored] ?? 0) + 1;
    }
    return seen;
  });
}

function mirror(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((at % period) + period) % period;
  return within < length ? within : period - within;
}
