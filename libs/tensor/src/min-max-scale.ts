import { extremesOf } from './extremes.js';

type Float32 = Float32Array<ArrayBuffer>;

/**
 * `(v − min)/(max − min + epsilon)` of every value. With `epsilon` 0 (the default) constant values become 0 instead of
 * 0/0; a NaN anywhere makes all values NaN.
 *
 * @param options.into receives the result; may be `values` itself. A new array by default.
 */
export function minMaxScale(values: Float32, options: { readonly epsilon?: number; readonly into?: Float32 } = {}): Float32 {
  const { epsilon = 0, into = new Float32Array(values.length) } = options;
  const { min, max } = extremesOf(values);
  const extent = max - min + epsilon;
  if (extent === 0) return into.fill(0);
  for (let i = 0; i < values.length; i++) into[i] = ((values[i] ?? 0) - min) / extent;
  return into;
}
