import type { ImageParameters } from './parameters.js';
import { normalisationOf } from './normalisations.js';
import type { Pixels } from './pillow-resize.js';

/** Writes 8-bit values as float32 numbers, `[height, width, channels]`, into a row of a batch. */
export type Scaling = (pixels: Pixels, row: Float32Array) => void;

/**
 * (value / divide − mean) / std, per channel. It is computed once for each of the 256 values, in doubles, and rounded to float32,
 * as numpy does when float64 images become float32.
 */
export function createScaling(params: ImageParameters, channels: number): Scaling {
  const { divide, mean, std, bgr = false } = normalisationOf(params);
  const tables = Array.from({ length: channels }, (_, channel) => {
    const [m, s] = [numberOf(mean, channel), numberOf(std, channel)];
    return Float32Array.from({ length: 256 }, (_unused, value) => (value / divide - m) / s);
  });
  return ({ data }, row) => {
    tables.forEach((table, channel) => {
      const from = bgr ? channels - 1 - channel : channel;
      for (let i = 0; i < data.length; i += channels) row[i + channel] = table[data[i + from] ?? 0] ?? 0;
    });
  };
}

function numberOf(value: number | readonly number[], channel: number): number {
  return typeof value === 'number' ? value : (value[channel] ?? 0);
}
