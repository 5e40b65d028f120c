import type { Engine } from '@xaigrid/engine';
import { sizeOf } from '@xaigrid/tensor';

/** Values in the largest tensors of one call, together: 64 MiB of float32. */
export const LARGEST_CALL = 2 ** 24;

/** Masked samples of one call. */
export const MOST_ROWS = 8192;

/**
 * As many samples as fit when a call holds `tensors` values for each value of an input and makes `rows` masked samples of each sample. In whole
 * batches where one fits: they waste no padded rows.
 */
export function samplesWithin(
  { batchSize, model }: Pick<Engine, 'batchSize' | 'model'>,
  { tensors, rows }: { readonly tensors: number; readonly rows: number },
): number {
  const samples = Math.min(LARGEST_CALL / (tensors * sizeOf(model.inputShape)), MOST_ROWS / Math.max(1, rows));
  return Math.max(1, samples < batchSize ? Math.floor(samples) : batchSize * Math.floor(samples / batchSize));
}
