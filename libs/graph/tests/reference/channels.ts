import { at, build, type NdArray } from './array.js';

/** `[n, ...positions, channels]` → `[n, channels, ...positions]`. */
export function channelsFirst(array: NdArray): NdArray {
  const [batch = 1, ...rest] = array.shape;
  const channels = rest.at(-1) ?? 1;
  return build([batch, channels, ...rest.slice(0, -1)], ([n = 0, c = 0, ...position]) => at(array, [n, ...position, c]));
}

export function channelsLast(array: NdArray): NdArray {
  const [batch = 1, channels = 1, ...positions] = array.shape;
  return build([batch, ...positions, channels], (index) => at(array, [index[0] ?? 0, index.at(-1) ?? 0, ...index.slice(1, -1)]));
}
