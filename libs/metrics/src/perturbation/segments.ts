import { channelsOfShape, sampleSegments, type SlicOptions } from '@xaigrid/tensor';
import type { Units } from './units.js';

/** The segments of a sample (`sampleSegments`) as units. */
export function segmentsOf(values: Float32Array<ArrayBuffer>, inputShape: readonly number[], options: SlicOptions): Units {
  const channels = channelsOfShape(inputShape);
  const { segmentOf, count } = sampleSegments(values, inputShape, options);
  const ofValue = Int32Array.from({ length: values.length }, (_, at) => segmentOf[Math.floor(at / channels)] ?? -1);
  return { count, ofValue, wholePositions: true };
}
