import { XaigridError } from '@xaigrid/contracts';
import { firstNotFinite, rowsOf, type Tensor } from '@xaigrid/tensor';
import type { ScoreRequest } from '../metric.js';
import { sampleName } from '../sample-name.js';

/**
 * The values of each map.
 * @throws NOT_FINITE naming the first sample whose map has a value that is not finite
 */
export function finiteMaps(maps: Tensor, request: Pick<ScoreRequest, 'sampleIndices'>): Float32Array<ArrayBuffer>[] {
  return Array.from({ length: maps.shape[0] ?? 0 }, (_, sample) => {
    const { data } = rowsOf(maps, sample, sample + 1);
    if (firstNotFinite(data) !== -1) throw notFinite(request, sample);
    return data;
  });
}

function notFinite(request: Pick<ScoreRequest, 'sampleIndices'>, sample: number): XaigridError {
  return new XaigridError(
    'NOT_FINITE',
    `${sampleName(request, sample)} has a map with values that are NaN or infinite. Check the method that drew it.`,
  );
}
