import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../tensorflow-library.js';

type Pair = readonly [height: number, width: number];

export interface Geometry {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly padding: 'same' | 'valid' | 'causal';
}

/** The padding that Keras puts on both ends of an axis. With `same`, an odd position goes to the end. */
export function paddingOf({ kernel, strides, dilations, padding }: Geometry, extent: number, axis: 0 | 1): [number, number] {
  const reach = (kernel[axis] - 1) * dilations[axis];
  if (padding === 'valid') return [0, 0];
  if (padding === 'causal') return [reach, 0];
  const total = Math.max(0, (Math.ceil(extent / strides[axis]) - 1) * strides[axis] + reach + 1 - extent);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** The number of positions of an axis after a convolution. */
export function positionsLeft(geometry: Geometry, extent: number, axis: 0 | 1): number {
  const [before, after] = paddingOf(geometry, extent, axis);
  const reach = (geometry.kernel[axis] - 1) * geometry.dilations[axis];
  return Math.floor((extent + before + after - reach - 1) / geometry.strides[axis]) + 1;
}

/**
 * A convolution with a constant kernel. Its gradient is a convolution too: of the gradient, with the kernel rotated.
 * TensorFlow.js has no gradient of dilated convolutions; WebAssembly has none of depthwise ones, and a slow one of the others (31
 * → 8 ms per sample of a VGG at 64²).
 * @param kernel `[height, width, channels, multiplier]` if `depthwise` and not dilated, otherwise `[height, width, from, to]`
 */
export function convolution(
  tf: TensorFlow,
  images: Tensor4D,
  kernel: Tensor4D,
  { geometry, depthwise }: { readonly geometry: Geometry; readonly depthwise: boolean },
): Tensor4D {
  const { strides, dilations } = geometry;
  const borders = ([0, 1] as const).map((axis) => paddingOf(geometry, images.shape[axis + 1] ?? 1, axis));
  const forward = (x: Tensor4D, filter: Tensor4D, steps: Pair): Tensor4D => {
    if (!depthwise) return tf.conv2d(x, filter, [...steps], 'valid', 'NHWC', [...dilations]);
    const [down, across] = steps;
    if (down === across) return tf.depthwiseConv2d(x, filter, [down, across], 'valid');
    // TensorFlow's library takes only equal strides.
    const all = tf.depthwiseConv2d(x, filter, 1, 'valid');
    return tf.stridedSlice(all, [0, 0, 0, 0], all.shape, [1, down, across, 1]) as Tensor4D;
  };
  const backward = (dy: Tensor4D): Tensor4D => {
    const spread = spreadOut(tf, dy, strides);
    const around = borders.map(([before], axis): [number, number] => {
      const reach = ((geometry.kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1);
      return [reach - before, (images.shape[axis + 1] ?? 1) + before - (spread.shape[axis + 1] ?? 1)];
    });
    const wide = padded(tf, spread, around);
    const turned = tf.reverse(kernel, [0, 1]);
    if (!depthwise) return forward(wide, tf.transpose(turned, [0, 1, 3, 2]), [1, 1]);
    const [height, width, channels, multiplier] = kernel.shape;
    const each = forward(wide, tf.reshape(turned, [height, width, channels * multiplier, 1]), [1, 1]);
    if (multiplier === 1) return each;
    const [batch, h, w] = each.shape;
    return tf.reshape(tf.sum(tf.reshape(each, [batch * h * w, channels, multiplier]), 2), [batch, h, w, channels]);
  };
  return tf.customGrad((x) => ({
    value: forward(padded(tf, x as Tensor4D, borders), kernel, strides),
    gradFunc: (dy: Tensor) => backward(dy as Tensor4D),
  }))(images) as Tensor4D;
}

/** Pads by hand: WebAssembly's padding `same` is wrong if a stride is larger than the kernel. */
function padded(tf: TensorFlow, images: Tensor4D, [rows = [0, 0], columns = [0, 0]]: readonly [number, number][]): Tensor4D {
  return [...rows, ...columns].some((count) => count > 0) ? tf.pad(images, [[0, 0], rows, columns, [0, 0]]) : images;
}

/** A dilated kernel, with zeros between its values: TensorFlow's library has no dilated depthwise convolution. */
export function withZeros(
  { shape, data }: { readonly shape: readonly number[]; readonly data: Float32Array },
  [down, across]: Pair,
): { readonly shape: readonly number[]; readonly data: Float32Array } {
  const [height = 1, width = 1, ...others] = shape;
  const [tall, wide] = [(height - 1) * down + 1, (width - 1) * across + 1];
  const depth = others.reduce((size, extent) => size * extent, 1);
  const spread = new Float32Array(tall * wide * depth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * depth;
      spread.set(data.subarray(from, from + depth), (y * down * wide + x * across) * depth);
    }
  }
  return { shape: [tall, wide, ...others], data: spread };
}

/** Puts zeros between positions, in place of those that a stride leaves out. */
function spreadOut(tf: TensorFlow, dy: Tensor4D, [down, across]: Pair): Tensor4D {
  const [batch, height, width, channels] = dy.shape;
  let spread: Tensor = dy;
  if (down > 1) {
    const apart = tf.pad(tf.reshape(dy, [batch, height, 1, width * channels]), [
      [0, 0],
      [0, 0],
      [0, down - 1],
      [0, 0],
    ]);
    spread = tf.slice(tf.reshape(apart, [batch, height * down, width * channels]), 0, [batch, (height - 1) * down + 1, -1]);
  }
  const rows = (height - 1) * down + 1;
  if (across > 1) {
    const apart = tf.pad(tf.reshape(spread, [batch * rows, width, 1, channels]), [
      [0, 0],
      [0, 0],
      [0, across - 1],
      [0, 0],
    ]);
    spread = tf.slice(tf.reshape(apart, [batch * rows, width * across, channels]), 0, [-1, (width - 1) * across + 1, -1]);
  }
  return tf.reshape(spread, [batch, rows, (width - 1) * across + 1, channels]);
}
