import { XaigridError } from '@xaigrid/contracts';
import { firstNotFinite, rowsOf, type Tensor } from '@xaigrid/tensor';
import type { ExplainRequest } from './explainer.js';

/** One per sample: whether the map has the same value everywhere, so that it ranks no position above another. */
export function constantMaps(maps: Tensor): boolean[] {
  return Array.from({ length: maps.shape[0] ?? 0 }, (_, sample) => {
    const { data } = rowsOf(maps, sample, sample + 1);
    return data.every((value) => value === data[0]);
  });
}

/**
 * @param what names the values in the message: `sise map`.
 * @param maps `[n, ...]`, one a sample of the request.
 * @throws NOT_FINITE naming the first sample that has a NaN or an infinity.
 */
export function assertFinite(what: string, maps: Tensor, { sampleIndices }: Pick<ExplainRequest, 'sampleIndices'>): void {
  const stride = maps.data.length / Math.max(1, maps.shape[0] ?? 0);
  const bad = firstNotFinite(maps.data);
  if (bad === -1) return;
  const row = Math.floor(bad / stride);
  throw new XaigridError(
    'NOT_FINITE',
    `The ${what} of sample ${sampleIndices[row] ?? row} holds ${maps.data[bad] ?? NaN} at value ${bad % stride}. Check the sample and the model's weights for extreme values.`,
  );
}
