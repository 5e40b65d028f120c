import { deflateRawSync } from 'node:zlib';
import { channelsOfShape, type Extremes } from '@xaigrid/tensor';

/**
 * The size in bytes of a sample after lossless compression: an estimate of its information. Values are rounded to 256 levels
 * between the extremes. Differences to the preceding value of the same channel are deflated (RFC 1951), as PNG does with filter
 * 1.
 *
 * @param values of one sample, `inputShape`
 */
export function compressedSize(values: Float32Array, inputShape: readonly number[], { min, max }: Extremes): number {
  const channels = channelsOfShape(inputShape);
  const scale = max > min ? 255 / (max - min) : 0;
  const bytes = new Uint8Array(values.length);
  const levels = new Uint8Array(values.length);
  for (const [at, value] of values.entries()) {
    levels[at] = Math.round((value - min) * scale);
    bytes[at] = (levels[at] ?? 0) - (at < channels ? 0 : (levels[at - channels] ?? 0));
  }
  return deflateRawSync(bytes, { level: 9 }).length;
}
