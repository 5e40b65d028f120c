import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { batchesOf, paddedRows } from '../request/batches.js';
import { gaussianMatrix } from '../request/gaussian-matrix.js';
import { matrixAlongAxis } from './matrix-along-axis.js';
import { breathe, compute, emptyTensor, type TensorFlowContext } from './tensorflow-context.js';

/** Gaussian blur of the channels of every sample over all position axes, by one matrix product per axis: `[n, ...inputShape]`. */
export async function blurred(context: TensorFlowContext, inputs: Tensor, sigma: number): Promise<Tensor> {
  const { tf, model, batchSize } = context;
  const positions = model.inputShape.slice(0, -1);
  const matrices = positions.map((extent) => gaussianMatrix(sigma, extent));
  const answer = emptyTensor(inputs.shape);
  for (const batch of batchesOf(inputs.shape[0] ?? 0, batchSize)) {
    compute(context, () => {
      let value = tf.tensor(paddedRows(inputs, batch, batchSize), [batchSize, ...model.inputShape]);
      for (const [axis, matrix] of matrices.entries()) value = matrixAlongAxis(tf, value, axis + 1, matrix);
      const size = sizeOf(model.inputShape);
      answer.data.set(value.dataSync().subarray(0, batch.rows * size), batch.start * size);
    });
    await breathe();
  }
  return answer;
}
