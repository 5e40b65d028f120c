import type { Tensor } from '@xaigrid/tensor';
import type { AblationRequest } from '../engine.js';
import { batchesOf, batchRows, gatherRows, paddedIndices } from '../request/batches.js';
import { checkAblation } from '../request/check-request.js';
import { stepOfLayer } from './predict.js';
import { breathe, compute, emptyTensor, outputOf, type TensorFlowContext } from './tensorflow-context.js';

/** The outputs without one feature map of a layer in each row. */
export async function ablate(context: TensorFlowContext, request: AblationRequest): Promise<Tensor> {
  const { tf, network, model, batchSize } = context;
  const { name, shape } = checkAblation(model, request);
  stepOfLayer(context, name);
  const { inputs, sampleOf, channelOf } = request;
  const outputs = emptyTensor([sampleOf.length, model.classes]);
  for (const batch of batchesOf(sampleOf.length, batchSize)) {
    compute(context, () => {
      const { distinct, slots } = batchRows(sampleOf, batch, batchSize);
      const samples = tf.tensor(gatherRows(inputs, distinct), [distinct.length, ...model.inputShape]);
      const x = tf.gather(samples, tf.tensor1d(slots, 'int32'));
      const hidden = tf.oneHot(tf.tensor1d(paddedIndices(channelOf, batch, batchSize), 'int32'), shape.at(-1) ?? 1);
      const mask = tf.reshape(tf.sub(1, hidden), [batchSize, ...shape.slice(0, -1).map(() => 1), shape.at(-1) ?? 1]);
      const results = network.run(x, (layer, output) => (layer === name ? tf.mul(output, mask) : output));
      const values = outputOf(results).dataSync();
      outputs.data.set(values.subarray(0, batch.rows * model.classes), batch.start * model.classes);
    });
    await breathe();
  }
  return outputs;
}
