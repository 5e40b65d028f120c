import { assertProbabilities, type MaskScoresRequest } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';
import type { ScoreRequest } from './metric.js';
import { sampleName } from './sample-name.js';

/**
 * Outputs of masked samples, `[rows, classes]`.
 * @throws MODEL_UNSUPPORTED for outputs that are no probabilities: a model may give them on whole samples alone
 */
export async function maskedProbabilities(
  { engine, sampleIndices }: Pick<ScoreRequest, 'engine'> & { readonly sampleIndices: ScoreRequest['sampleIndices'] | undefined },
  masked: MaskScoresRequest,
): Promise<Tensor> {
  const { outputs } = await engine.scoreMasks(masked);
  assertProbabilities(outputs, engine.model, (row) => {
    return `${sampleName({ sampleIndices }, masked.sampleOf[row] ?? 0).toLowerCase()}, masked,`;
  });
  return outputs;
}
