import { XaigridError } from '@xaigrid/contracts';
import { assertProbabilities, type Engine } from '@xaigrid/engine';
import { firstNotFinite, rowsOf, type Tensor } from '@xaigrid/tensor';
import { whereNotFinite } from './not-finite.js';

/**
 * Outputs of samples, `[n, classes]`.
 * @param sampleIndices the sample of each row
 * @throws NOT_FINITE naming the first sample whose outputs hold a NaN or an infinity, and the layer: no metric could use them
 * @throws MODEL_UNSUPPORTED naming the first sample whose outputs are not probabilities: logits declared as probabilities, a
 * regression
 */
export async function usablePredictions(engine: Engine, inputs: Tensor, sampleIndices: Int32Array): Promise<Tensor> {
  const outputs = await engine.predict(inputs);
  const sampleOf = (row: number): number => sampleIndices[row] ?? -1;
  const bad = firstNotFinite(outputs.data);
  if (bad !== -1) {
    const row = Math.floor(bad / (outputs.shape[1] ?? 1));
    const where = await whereNotFinite(engine, { inputs: rowsOf(inputs, row, row + 1), classes: Int32Array.of(0) });
    throw new XaigridError(
      'NOT_FINITE',
      `The model's output on sample ${sampleOf(row)} holds ${outputs.data[bad] ?? NaN}. Check the sample and the model's weights for extreme values.${where}`,
    );
  }
  assertProbabilities(outputs, engine.model, (row) => `sample ${sampleOf(row)}`);
  return outputs;
}
