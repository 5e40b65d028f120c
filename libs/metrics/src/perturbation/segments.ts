import { channelsOfShape, mostSegments, positionsOfShape, sizeOf, slic, type SlicOptions } from '@xaigrid/tensor';
import type { Units } from './units.js';

/**
 * The segments of a sample: SLIC superpixels of images and volumes; in signals and tables, pieces whose lengths differ by at most
 * one position, in the order of positions. Channels go together.
 */
export function segmentsOf(values: Float32Array<ArrayBuffer>, inputShape: readonly number[], options: SlicOptions): Units {
  const channels = channelsOfShape(inputShape);
  const { segmentOf, count } = hasSuperpixels(inputShape)
    ? slic(values, inputShape, options)
    : pieces(sizeOf(positionsOfShape(inputShape)), options.segments);
  const ofValue = Int32Array.from({ length: values.length }, (_, at) => segmentOf[Math.floor(at / channels)] ?? -1);
  return { count, ofValue, wholePositions: true };
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

function pieces(positions: number, wanted: number) {
  const count = Math.min(wanted, positions);
  return {
    segmentOf: Int32Array.from({ length: positions }, (_, position) => Math.floor((position * count) / positions)),
    count,
  };
}
