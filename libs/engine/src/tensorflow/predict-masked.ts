import type { Tensor } from '@xaigrid/tensor';
import type { MaskedPredictionRequest } from '../engine.js';
import { batchesOf, batchSamples, gatherRows } from '../request/batches.js';
import { checkMaskedPrediction } from '../request/check-request.js';
import { blurred } from './blur.js';
import { breathe, compute, emptyTensor, outputOf, type TensorFlowContext } from './tensorflow-context.js';

/** Outputs where positions whose map is not above the row's threshold hold the baseline: `[rows, classes]`. */
export async function predictMasked(context: TensorFlowContext, request: MaskedPredictionRequest): Promise<Tensor> {
  const { tf, network, model, batchSize } = context;
  const { mapsHaveChannels, baselinePerSample } = checkMaskedPrediction(model, request);
  const { inputs, maps, rows } = request;
  const baseline = 'blur' in request.baseline ? await blurred(context, inputs, request.baseline.blur) : request.baseline;
  const sampleShape = model.inputShape;
  const mapShape = mapsHaveChannels ? sampleShape : [...sampleShape.slice(0, -1), 1];
  const outputs = emptyTensor([rows.sample.length, model.classes]);

  for (const batch of batchesOf(rows.sample.length, batchSize)) {
    const { samples: used, slots } = batchSamples(rows.sample, batch, batchSize);
    const thresholds = new Float32Array(batchSize);
    thresholds.set(rows.threshold.subarray(batch.start, batch.end));
    compute(context, () => {
      const slotTensor = tf.tensor1d(slots, 'int32');
      const perRow = (tensor: Tensor, shape: readonly number[]) =>
        tf.gather(tf.tensor(gatherRows(tensor, used), [used.length, ...shape]), slotTensor);
      const x = perRow(inputs, sampleShape);
      const limits = tf.reshape(tf.tensor1d(thresholds), [batchSize, ...sampleShape.map(() => 1)]);
      const kept = tf.greater(perRow(maps, mapShape), limits);
      const removed = baselinePerSample ? perRow(baseline, sampleShape) : tf.tensor(baseline.data, [1, ...sampleShape]);
      // `where` does not broadcast on every backend: all three arguments get the samples' shape.
      const masked = tf.where(tf.logicalAnd(kept, tf.onesLike(x).asType('bool')), x, tf.add(tf.zerosLike(x), removed));
      const values = outputOf(network.run(masked)).dataSync();
      outputs.data.set(values.subarray(0, batch.rows * model.classes), batch.start * model.classes);
    });
    await breathe();
  }
  return outputs;
}
