import { assertProbabilities, type MaskScoresRequest } from '@xaigrid/engine';
import { rowsOf, type Tensor } from '@xaigrid/tensor';
import type { ScoreRequest } from '../metric.js';
import { sampleName } from '../sample-name.js';
import { sharedRows } from '../shared-rows.js';
import { maskKeys } from './mask-keys.js';

type Asked = Pick<ScoreRequest, 'engine'> & {
  readonly [Key in 'sampleIndices' | 'shared']?: ScoreRequest[Key] | undefined;
};

/**
 * Outputs of masked samples, `[rows, classes]`. Rows that another metric asked for already are not computed again.
 * @param masked `inputs` are the samples themselves, in the order of `sampleIndices`
 * @throws MODEL_UNSUPPORTED for outputs that should be probabilities and are none: a model may give probabilities on whole
 * samples but not on masked ones
 */
export async function maskedOutputs(asked: Asked, masked: MaskScoresRequest): Promise<Tensor> {
  const { engine, sampleIndices, shared } = asked;
  const { masks, sampleOf, target = 'probability' } = masked;
  if (shared === undefined || sampleIndices === undefined || !('above' in masks)) return computedOutputs(asked, masked);
  const masksOfRows = maskKeys({ ...masked, masks });
  if (masksOfRows === undefined) return computedOutputs(asked, masked);
  const keys = masksOfRows.map((mask, row) => `masked ${target} ${sampleIndices[sampleOf[row] ?? -1] ?? NaN} ${mask}`);
  const rows = await sharedRows({ shared }, keys, async (places) => {
    const wanted = {
      ...masked,
      sampleOf: places.map((row) => sampleOf[row] ?? -1),
      masks: { maps: masks.maps, above: Float32Array.from(places, (row) => masks.above[row] ?? NaN) },
    };
    const outputs = await computedOutputs(asked, wanted);
    return Array.from(places, (_, at) => rowsOf(outputs, at, at + 1).data);
  });
  const { classes } = engine.model;
  const outputs = new Float32Array(rows.length * classes);
  for (const [row, values] of rows.entries()) outputs.set(values, row * classes);
  return { shape: [rows.length, classes], data: outputs };
}

async function computedOutputs({ engine, sampleIndices }: Asked, masked: MaskScoresRequest): Promise<Tensor> {
  const { target = 'probability' } = masked;
  const { outputs } = await engine.scoreMasks(masked);
  if (target === 'probability') {
    assertProbabilities(outputs, engine.model, (row) => {
      return `${sampleName({ sampleIndices }, masked.sampleOf[row] ?? 0).toLowerCase()}, masked,`;
    });
  }
  return outputs;
}
