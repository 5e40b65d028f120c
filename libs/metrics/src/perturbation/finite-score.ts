import { canonicalJson, XaigridError } from '@xaigrid/contracts';
import type { ScoreRequest, Setting } from '../metric.js';
import { sampleName } from '../sample-name.js';

/**
 * A score computed from outputs, unchanged.
 * @throws NOT_FINITE naming the sample if the score is NaN or infinite
 */
export function finiteScore(
  score: number,
  request: Pick<ScoreRequest, 'sampleIndices'>,
  { sample, setting }: { readonly sample: number; readonly setting: Setting },
): number {
  if (Number.isFinite(score)) return score;
  throw new XaigridError(
    'NOT_FINITE',
    `${sampleName(request, sample)} has no score at ${canonicalJson(setting)}: an output on the sample or on a changed sample is NaN or infinite. Check the sample, the baseline and the model's weights for extreme values.`,
  );
}
