import type { Dataset, SampleBatch } from './dataset.js';

/** From the first to after the last of some samples, ascending, and which of these they are: what stores ask for. */
export function spanOf(sampleIndices: Int32Array<ArrayBuffer>): [start: number, end: number, only: Int32Array<ArrayBuffer>] {
  return [sampleIndices[0] ?? 0, (sampleIndices.at(-1) ?? -1) + 1, sampleIndices];
}

/** Samples by index, ascending; those without a gap are read as a range, which some data sets do faster. */
export function readSamples(
  dataset: Dataset,
  sampleIndices: Int32Array<ArrayBuffer>,
  signal?: AbortSignal,
): Promise<SampleBatch> {
  const [start, end] = spanOf(sampleIndices);
  return end - start === sampleIndices.length ? dataset.read(start, end, signal) : dataset.readAt(sampleIndices, signal);
}
