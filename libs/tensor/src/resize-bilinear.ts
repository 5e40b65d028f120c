import { XaigridError } from '@xaigrid/contracts';
import { sizeOf, type Tensor } from './tensor.js';

/** For each output position along one axis: two input positions and how much of the second is taken. */
interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
}

/**
 * Linear (one positional axis) or bilinear (two) resize with half-pixel centres and clamped edges, without antialiasing:
 * `Resize(mode=linear, coordinate_transformation_mode=half_pixel)` of ONNX, `tf.image.resize(method='bilinear')`,
 * `torch.nn.functional.interpolate(align_corners=False)`.
 *
 * @param input channels last: `[n, length, channels]` or `[n, height, width, channels]`.
 * @param positions the new extents: `[length]` or `[height, width]`.
 * @returns `[n, ...positions, channels]`; interpolated in float64 and rounded once.
 * @throws SHAPE_MISMATCH for other numbers of axes or an empty one.
 */
export function resizeBilinear(input: Tensor, positions: readonly number[]): Tensor {
  const [samples = 0, ...rest] = input.shape;
  const channels = rest.at(-1) ?? 0;
  const from = rest.slice(0, -1);
  if (from.length !== positions.length || from.length < 1 || from.length > 2 || sizeOf(from) === 0 || sizeOf(positions) === 0) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `A tensor of shape [${input.shape.join(', ')}] cannot be resized to positions [${positions.join(', ')}].`,
    );
  }
  // One positional axis is the rows of an image that is one pixel high.
  const [height = 1, width = 1] = from.length === 1 ? [1, from[0]] : from;
  const [newHeight = 1, newWidth = 1] = positions.length === 1 ? [1, positions[0]] : positions;
  const rows = tapsOf(height, newHeight);
  const columns = tapsOf(width, newWidth);

  const source = input.data;
  const target = new Float32Array(samples * newHeight * newWidth * channels);
  let out = 0;
  for (let sample = 0; sample < samples; sample++) {
    const origin = sample * height * width * channels;
    for (let y = 0; y < newHeight; y++) {
      const top = origin + (rows.low[y] ?? 0) * width * channels;
      const bottom = origin + (rows.high[y] ?? 0) * width * channels;
      const down = rows.weight[y] ?? 0;
      for (let x = 0; x < newWidth; x++) {
        const left = (columns.low[x] ?? 0) * channels;
        const right = (columns.high[x] ?? 0) * channels;
        const across = columns.weight[x] ?? 0;
        for (let channel = 0; channel < channels; channel++) {
          const upper = mix(source[top + left + channel] ?? 0, source[top + right + channel] ?? 0, across);
          const lower = mix(source[bottom + left + channel] ?? 0, source[bottom + right + channel] ?? 0, across);
          target[out++] = mix(upper, lower, down);
        }
      }
    }
  }
  return { shape: [samples, ...positions, channels], data: target };
}

function mix(a: number, b: number, weight: number): number {
  return weight === 0 ? a : a * (1 - weight) + b * weight;
}

function tapsOf(from: number, to: number): Taps {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const weight = new Float64Array(to);
  const scale = from / to;
  for (let i = 0; i < to; i++) {
    const centre = Math.min(from - 1, Math.max(0, (i + 0.5) * scale - 0.5));
    low[i] = Math.floor(centre);
    high[i] = Math.min(from - 1, Math.floor(centre) + 1);
    weight[i] = centre - Math.floor(centre);
  }
  return { low, high, weight };
}
