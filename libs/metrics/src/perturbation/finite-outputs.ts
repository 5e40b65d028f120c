import { XaigridError } from '@xaigrid/contracts';
import type { ScoreRequest } from '../metric.js';
import { sampleName } from '../sample-name.js';

/**
 * Outputs on changed copies of a sample, unchanged.
 * @throws NOT_FINITE naming the sample if one is NaN or infinite
 */
export function finiteOutputs(
  request: Pick<ScoreRequest, 'sampleIndices'>,
  sample: number,
  outputs: Float64Array<ArrayBuffer>,
): Float64Array<ArrayBuffer> {
  if (outputs.every(Number.isFinite)) return outputs;
  throw new XaigridError(
    'NOT_FINITE',
    `${sampleName(request, sample)}, changed, has an output that is NaN or infinite. Check the sample, the baseline and the model's weights for extreme values.`,
  );
}
