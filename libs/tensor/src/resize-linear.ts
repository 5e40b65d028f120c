import { XaigridError } from '@xaigrid/contracts';
import { sizeOf, type Tensor } from './tensor.js';

/**
 * Where the values of the output lie in the input. `half-pixel`: positions are cells, whose centres are compared. `corners`: the
 * first and last positions of both lie on each other, as in `interpolate(align_corners=True)` of PyTorch. `nearest`: each position
 * takes one value, that at ⌊i·from/to⌋, as in `interpolate(mode='nearest')`.
 */
export const resizeAlignments = ['half-pixel', 'corners', 'nearest'] as const;
export type ResizeAlignment = (typeof resizeAlignments)[number];

/** For each output position along one axis: two input positions, and the weight of the second. */
interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
}

/** The extent of one axis of an array, and the products of the extents before and after it: `[before, from, after]`. */
interface Axis {
  readonly before: number;
  readonly from: number;
  readonly after: number;
}

/**
 * Linear (one positional axis), bilinear (two) or trilinear (three) resize, without antialiasing. By default with half-pixel
 * centres and clamped edges: `Resize(mode=linear, coordinate_transformation_mode=half_pixel)` of ONNX,
 * `tf.image.resize(method='bilinear')`, `torch.nn.functional.interpolate(align_corners=False)`.
 *
 * @param input channels last: `[n, length, channels]`, `[n, height, width, channels]`, `[n, depth, height, width, channels]`
 * @param positions the new extents: `[length]`, `[height, width]` or `[depth, height, width]`
 * @returns `[n, ...positions, channels]`; interpolated in float64, the last axis first, and rounded once.
 * @throws SHAPE_MISMATCH for another number of axes or an empty one.
 */
export function resizeLinear(input: Tensor, positions: readonly number[], alignment: ResizeAlignment = 'half-pixel'): Tensor {
  const [samples = 0, ...rest] = input.shape;
  const channels = rest.at(-1) ?? 0;
  const from = rest.slice(0, -1);
  if (from.length !== positions.length || from.length < 1 || sizeOf(from) === 0 || sizeOf(positions) === 0) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `A tensor of shape [${input.shape.join(', ')}] cannot be resized to positions [${positions.join(', ')}].`,
    );
  }
  const taps = positions.map((to, axis) => tapsOf(from[axis] ?? 1, to, alignment));
  const [size, newSize] = [sizeOf(from) * channels, sizeOf(positions) * channels];
  const data = new Float32Array(samples * newSize);
  for (let sample = 0; sample < samples; sample++) {
    let values: Float32Array | Float64Array = input.data.subarray(sample * size, (sample + 1) * size);
    for (const [axis, along] of [...taps.entries()].reverse()) {
      const before = sizeOf(from.slice(0, axis));
      const after = sizeOf(positions.slice(axis + 1)) * channels;
      values = mixedAlong(values, { before, from: from[axis] ?? 1, after }, along);
    }
    data.set(values, sample * newSize);
  }
  return { shape: [samples, ...positions, channels], data };
}

/** @returns `[before, taps, after]` */
function mixedAlong(values: Float32Array | Float64Array, { before, from, after }: Axis, taps: Taps): Float64Array {
  const to = taps.weight.length;
  const target = new Float64Array(before * to * after);
  let out = 0;
  for (let row = 0; row < before; row++) {
    for (let at = 0; at < to; at++) {
      const low = (row * from + (taps.low[at] ?? 0)) * after;
      const high = (row * from + (taps.high[at] ?? 0)) * after;
      const weight = taps.weight[at] ?? 0;
      for (let i = 0; i < after; i++) target[out++] = mix(values[low + i] ?? 0, values[high + i] ?? 0, weight);
    }
  }
  return target;
}

function mix(a: number, b: number, weight: number): number {
  return weight === 0 ? a : a * (1 - weight) + b * weight;
}

function tapsOf(from: number, to: number, alignment: ResizeAlignment): Taps {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const weight = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const centre = Math.min(from - 1, Math.max(0, placeOf[alignment](i, from, to)));
    low[i] = Math.floor(centre);
    high[i] = Math.min(from - 1, Math.floor(centre) + 1);
    weight[i] = centre - Math.floor(centre);
  }
  return { low, high, weight };
}

/** Where output position i of `to` lies among `from` input positions. */
const placeOf: Readonly<Record<ResizeAlignment, (i: number, from: number, to: number) => number>> = {
  'half-pixel': (i, from, to) => (i + 0.5) * (from / to) - 0.5,
  corners: (i, from, to) => (to === 1 ? 0 : (i * (from - 1)) / (to - 1)),
  nearest: (i, from, to) => Math.floor((i * from) / to),
};
