import type { Dataset, SampleBatch } from './dataset.js';

/** The range from the first to the last of some ascending samples, and the samples themselves: the arguments that stores take. */
export function spanOf(sampleIndices: Int32Array<ArrayBuffer>): [start: number, end: number, only: Int32Array<ArrayBuffer>] {
  return [sampleIndices[0] ?? 0, (sampleIndices.at(-1) ?? -1) + 1, sampleIndices];
}

/** Reads samples by ascending index. Samples without a gap are read as a range, which some data sets do faster. */
export function readSamples(
  dataset: Dataset,
  sampleIndices: Int32Array<ArrayBuffer>,
  signal?: AbortSignal,
): Promise<SampleBatch> {
  const [start, end] = spanOf(sampleIndices);
  return end - start === sampleIndices.length ? dataset.read(start, end, signal) : dataset.readAt(sampleIndices, signal);
}
