import type { Tensor4D } from '@tensorflow/tfjs';
import { sizeOf } from '@xaigrid/tensor';
import type { WeightedMaskSum, WeightedMaskSumRequest } from '../engine.js';
import { batchesOf, batchSamples, explainedOf, gatherMaps, gatherRows } from '../request/batches.js';
import { checkWeightedMaskSum, positionsOf } from '../request/check-request.js';
import { breathe, compute, outputOf, pickClasses, type TensorFlowContext, valuesOf } from './tensorflow-context.js';

/** SISE's perturbation step, each mask scored and scaled as DESIGN's formula has it; sums in float64. */
export async function weightedMaskSum(context: TensorFlowContext, request: WeightedMaskSumRequest): Promise<WeightedMaskSum> {
  const { tf, network, model, batchSize } = context;
  const samples = checkWeightedMaskSum(model, request);
  const { inputs, activations, rows } = request;
  const positions = positionsOf(model);
  const size = sizeOf(positions);
  const [height = 1, width = 1] = positions;
  const [mapHeight = 1, mapWidth = 1] = activations.shape.slice(1, -1);
  const weights = new Float32Array(rows.sample.length);
  const sums = new Float64Array(samples * size);

  for (const batch of batchesOf(weights.length, batchSize)) {
    const { samples: used, slots } = batchSamples(rows.sample, batch, batchSize);
    const explained = explainedOf(
      request,
      slots.map((slot) => used[slot] ?? 0),
    );
    const maps = gatherMaps(activations, rows, batch, batchSize);
    const [scores, contributions] = compute(context, () => {
      const images = tf.tensor4d(maps, [batchSize, mapHeight, mapWidth, 1]);
      const resized = mapHeight === height && mapWidth === width ? images : resize(images);
      const flat = tf.reshape(resized, [batchSize, size]);
      const smallest = tf.min(flat, 1, true);
      const masks = tf.div(tf.sub(flat, smallest), tf.add(tf.sub(tf.max(flat, 1, true), smallest), 1e-6));
      const x = tf.gather(tf.tensor(gatherRows(inputs, used), [used.length, ...model.inputShape]), tf.tensor1d(slots, 'int32'));
      const masked = tf.mul(x, tf.reshape(masks, [batchSize, ...positions, 1]));
      const w = pickClasses(tf, outputOf(network.run(masked)), explained);
      const share = tf.div(w, tf.add(tf.sum(masks, 1), 1e-6));
      return [valuesOf(w), valuesOf(tf.mul(masks, tf.reshape(share, [batchSize, 1])))];
    });
    weights.set(scores.subarray(0, batch.rows), batch.start);
    for (let row = 0; row < batch.rows; row++) {
      const target = (rows.sample[batch.start + row] ?? 0) * size;
      for (let position = 0; position < size; position++) {
        sums[target + position] = (sums[target + position] ?? 0) + (contributions[row * size + position] ?? 0);
      }
    }
    await breathe();
  }
  return { sums: { shape: [samples, ...positions], data: Float32Array.from(sums) }, weights };

  function resize(images: Tensor4D): Tensor4D {
    return tf.image.resizeBilinear(images, [height, width], false, true);
  }
}
