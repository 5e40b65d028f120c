import { XaigridError } from '@xaigrid/contracts';
import type { Engine } from '@xaigrid/engine';
import { firstNotFinite, rowsOf, type Tensor } from '@xaigrid/tensor';
import { whereNotFinite } from './not-finite.js';

/** How far rounding may take a probability beyond 0 and 1. */
const BEYOND = 1e-5;

/**
 * Outputs of samples, `[n, classes]`.
 * @param sampleIndices the sample of each row
 * @throws NOT_FINITE naming the first sample whose outputs hold a NaN or an infinity, and the layer: no metric could use them
 * @throws MODEL_UNSUPPORTED naming the first sample on which a model's one output is no probability: it is a regression
 */
export async function usablePredictions(engine: Engine, inputs: Tensor, sampleIndices: Int32Array): Promise<Tensor> {
  const outputs = await engine.predict(inputs);
  const rowOf = (at: number) => Math.floor(at / (outputs.shape[1] ?? 1));
  const bad = firstNotFinite(outputs.data);
  if (bad !== -1) {
    const row = rowOf(bad);
    const where = await whereNotFinite(engine, { inputs: rowsOf(inputs, row, row + 1), classes: Int32Array.of(0) });
    throw new XaigridError(
      'NOT_FINITE',
      `The model's output on sample ${sampleIndices[row] ?? -1} holds ${outputs.data[bad] ?? NaN}. Check the sample and the model's weights for extreme values.${where}`,
    );
  }
  const { ofOneProbability = false } = engine.model;
  const odd = ofOneProbability ? outputs.data.findIndex((value) => value < -BEYOND || value > 1 + BEYOND) : -1;
  if (odd === -1) return outputs;
  throw new XaigridError(
    'MODEL_UNSUPPORTED',
    `The model's one output is ${outputs.data[odd - (odd % 2) + 1] ?? NaN} on sample ${sampleIndices[rowOf(odd)] ?? -1}, which is no probability. Say output: logits if it is the log-odds of class 1; models that predict quantities (regression) are not supported.`,
  );
}
