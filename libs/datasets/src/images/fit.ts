import type { ImageSize, Pixels } from './pillow-resize.js';

export const fits = ['stretch', 'crop', 'letterbox'] as const;
export type Fit = (typeof fits)[number];

/** How an image becomes a sample: it is resized, and the sample is what a window shows of it. */
export interface Placement {
  readonly resized: ImageSize;
  /** The place of the window's first pixel in the resized image. Negative: the sample has a margin there. */
  readonly left: number;
  readonly top: number;
}

/**
 * Where an image of this size goes.
 *
 * - `crop`: as torchvision's `Resize(shortSide)` and `CenterCrop(to)` on PIL images (transforms/functional.py,
 *   `_compute_resized_output_size` and `center_crop`). Without `shortSide` the image is as small as the window allows.
 * - `letterbox`: as Pillow's `ImageOps.pad`.
 */
export function placementOf(
  from: ImageSize,
  { to, fit, shortSide }: { readonly to: ImageSize; readonly fit: Fit; readonly shortSide?: number | undefined },
): Placement {
  if (fit === 'stretch') return { resized: to, left: 0, top: 0 };
  if (fit === 'letterbox') {
    const isWide = from.width * to.height > to.width * from.height;
    const isTall = from.width * to.height < to.width * from.height;
    const resized = {
      height: isWide ? Math.max(1, halfToEven((from.height / from.width) * to.width)) : to.height,
      width: isTall ? Math.max(1, halfToEven((from.width / from.height) * to.height)) : to.width,
    };
    return {
      resized,
      left: 0 - halfToEven((to.width - resized.width) / 2),
      top: 0 - halfToEven((to.height - resized.height) / 2),
    };
  }
  const short = Math.min(from.height, from.width);
  const side = shortSide ?? leastSide(from, to);
  const resized = {
    height: from.height <= from.width ? side : Math.trunc((side * from.height) / short),
    width: from.width <= from.height ? side : Math.trunc((side * from.width) / short),
  };
  return {
    resized,
    left: halfToEven((resized.width - to.width) / 2),
    top: halfToEven((resized.height - to.height) / 2),
  };
}

/** The least short side with which the window lies in the image. */
function leastSide(from: ImageSize, to: ImageSize): number {
  const short = Math.min(from.height, from.width);
  let side = Math.ceil(Math.max((to.height * short) / from.height, (to.width * short) / from.width));
  while (Math.trunc((side * from.height) / short) < to.height || Math.trunc((side * from.width) / short) < to.width) side += 1;
  return side;
}

/** Rounds as Python does. */
function halfToEven(value: number): number {
  const below = Math.floor(value);
  const part = value - below;
  return part > 0.5 || (part === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** What the window shows of the resized image, with `fill` where there is no image. */
export function throughWindow(pixels: Pixels, to: ImageSize, { left, top }: Placement, fill: number): Pixels {
  const { channels } = pixels;
  if (left === 0 && top === 0 && pixels.height === to.height && pixels.width === to.width) return pixels;
  const data = new Uint8Array(to.height * to.width * channels).fill(fill);
  const [first, end] = [Math.max(0, -left), Math.min(to.width, pixels.width - left)];
  for (let row = Math.max(0, -top); row < Math.min(to.height, pixels.height - top); row++) {
    const from = ((row + top) * pixels.width + first + left) * channels;
    data.set(pixels.data.subarray(from, from + (end - first) * channels), (row * to.width + first) * channels);
  }
  return { height: to.height, width: to.width, channels, data };
}
