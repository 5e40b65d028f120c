import { positionsOfShape } from '../positions.js';
import { sizeOf } from '../tensor.js';
import type { Segments } from './connected-segments.js';
import { mostSegments, slic, type SlicOptions } from './slic.js';

/**
 * The segments of a sample: SLIC superpixels of images and volumes; in signals and tables, pieces whose lengths differ by at most
 * one position, in the order of positions. Channels go together.
 */
export function sampleSegments(values: Float32Array<ArrayBuffer>, inputShape: readonly number[], options: SlicOptions): Segments {
  if (hasSuperpixels(inputShape)) return slic(values, inputShape, options);
  const positions = sizeOf(positionsOfShape(inputShape));
  const count = Math.min(options.segments, positions);
  return {
    segmentOf: Int32Array.from({ length: positions }, (_, position) => Math.floor((position * count) / positions)),
    count,
  };
}

/** The most segments that a sample can have, and whether all samples have that many. */
export function segmentCount(
  inputShape: readonly number[],
  segments: number,
): { readonly most: number; readonly exact: boolean } {
  if (hasSuperpixels(inputShape)) return { most: mostSegments(inputShape, segments), exact: false };
  return { most: Math.min(segments, sizeOf(positionsOfShape(inputShape))), exact: true };
}

/** Whether an input has two or three position axes, as superpixels need. */
function hasSuperpixels(inputShape: readonly number[]): boolean {
  return inputShape.length === 3 || inputShape.length === 4;
}
