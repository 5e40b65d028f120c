import { assertProbabilities, type MaskScoresRequest } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';
import type { ScoreRequest } from '../metric.js';
import { sampleName } from '../sample-name.js';

type Asked = Pick<ScoreRequest, 'engine'> & { readonly sampleIndices?: ScoreRequest['sampleIndices'] | undefined };

/**
 * Outputs of masked samples, `[rows, classes]`.
 * @throws MODEL_UNSUPPORTED for outputs that should be probabilities and are none: a model may give probabilities on whole
 * samples but not on masked ones
 */
export async function maskedOutputs({ engine, sampleIndices }: Asked, masked: MaskScoresRequest): Promise<Tensor> {
  const { target = 'probability' } = masked;
  const { outputs } = await engine.scoreMasks(masked);
  if (target === 'probability') {
    assertProbabilities(outputs, engine.model, (row) => {
      return `${sampleName({ sampleIndices }, masked.sampleOf[row] ?? 0).toLowerCase()}, masked,`;
    });
  }
  return outputs;
}
