import { XaigridError } from '@xaigrid/contracts';
import { firstNotFinite, rowsOf, type Tensor } from '@xaigrid/tensor';
import type { ScoreRequest } from './metric.js';
import { sampleName } from './sample-name.js';

/** The values of one map. @throws NOT_FINITE naming the sample */
export function finiteMap(maps: Tensor, sample: number, request: Pick<ScoreRequest, 'sampleIndices'>): Float32Array<ArrayBuffer> {
  const { data } = rowsOf(maps, sample, sample + 1);
  if (firstNotFinite(data) === -1) return data;
  throw new XaigridError(
    'NOT_FINITE',
    `${sampleName(request, sample)} has a map with values that are NaN or infinite. Check the method that drew it.`,
  );
}
