import type { Engine } from '@xaigrid/engine';
import { sizeOf } from '@xaigrid/tensor';

/** The most values in the largest tensors of one call, all together: 64 MiB of float32. */
export const LARGEST_CALL = 2 ** 24;

/** The most masked samples in one call. */
export const MOST_ROWS = 8192;

/**
 * The number of samples that fit into a call that holds `tensors` values per value of an input and makes `rows` masked samples
 * per sample. It is a multiple of the batch size if one batch fits, so that no padded rows are wasted.
 */
export function samplesWithin(
  { batchSize, model }: Pick<Engine, 'batchSize' | 'model'>,
  { tensors, rows }: { readonly tensors: number; readonly rows: number },
): number {
  const samples = Math.min(LARGEST_CALL / (tensors * sizeOf(model.inputShape)), MOST_ROWS / Math.max(1, rows));
  return Math.max(1, samples < batchSize ? Math.floor(samples) : batchSize * Math.floor(samples / batchSize));
}
