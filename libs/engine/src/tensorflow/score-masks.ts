import type { Tensor as TfTensor, Tensor4D } from '@tensorflow/tfjs';
import { explainedOfRows, isTable, positionsOfShape, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { MaskScores, MaskScoresRequest, ResizedMasks } from '../engine.js';
import { type Batch, batchesOf, batchRows, gatherMaps, gatherRows } from '../request/batches.js';
import { checkMaskScores } from '../request/check-request.js';
import { baselineTensor } from '../request/mask-baseline.js';
import { blurred } from './blur.js';
import { breathe, compute, emptyTensor, outputOf, pickClasses, type TensorFlowContext, valuesOf } from './tensorflow-context.js';

/** The results of a batch of rows. */
interface Found {
  readonly outputs: Float32Array;
  /** F·m/(Σ m + 1e-6) of each row, `[batch, positions]`, if masks are summed. */
  readonly contributions?: Float32Array;
}

/** The outputs on masked samples. Sums are in float64. */
export async function scoreMasks(context: TensorFlowContext, request: MaskScoresRequest): Promise<MaskScores> {
  const { model, batchSize } = context;
  checkMaskScores(model, request);
  const { inputs, sampleOf, sums } = request;
  const [samples = 0] = inputs.shape;
  const baseline = await baselineTensor(request, (samples, sigma) => blurred(context, samples, sigma));
  const outputs = emptyTensor([sampleOf.length, model.classes]);
  const positions = positionsOfShape(model.inputShape);
  const size = sizeOf(positions);
  const added = new Float64Array(sums === undefined ? 0 : samples * size);
  for (const batch of batchesOf(sampleOf.length, batchSize)) {
    const { outputs: found, contributions } = compute(context, () => scored(context, request, baseline, batch));
    outputs.data.set(found.subarray(0, batch.rows * model.classes), batch.start * model.classes);
    for (let row = 0; contributions !== undefined && row < batch.rows; row++) {
      const target = (sampleOf[batch.start + row] ?? 0) * size;
      for (let place = 0; place < size; place++)
        added[target + place] = (added[target + place] ?? 0) + (contributions[row * size + place] ?? 0);
    }
    await breathe();
  }
  if (sums === undefined) return { outputs };
  return { outputs, sums: { shape: [samples, ...positions], data: Float32Array.from(added) } };
}

function scored(context: TensorFlowContext, request: MaskScoresRequest, baseline: Tensor | undefined, batch: Batch): Found {
  const { tf, network, model, batchSize } = context;
  const { inputs, sampleOf, masks, sums } = request;
  const { distinct, slots } = batchRows(sampleOf, batch, batchSize);
  const perRow = (tensor: Tensor, shape: readonly number[], rows = { distinct, slots }) =>
    tf.gather(tf.tensor(gatherRows(tensor, rows.distinct), [rows.distinct.length, ...shape]), tf.tensor1d(rows.slots, 'int32'));
  const x = perRow(inputs, model.inputShape);
  const removed = (): TfTensor | undefined => {
    const { baseline: asked } = request;
    if (baseline === undefined || asked === 'zero') return undefined;
    if ('references' in asked) return perRow(baseline, model.inputShape, batchRows(asked.referenceOf, batch, batchSize));
    return baseline.shape.length === inputs.shape.length
      ? perRow(baseline, model.inputShape)
      : tf.tensor(baseline.data, [1, ...model.inputShape]);
  };
  if ('above' in masks) {
    const perValue = masks.maps.shape.length === inputs.shape.length;
    const mapShape = perValue ? model.inputShape : [...model.inputShape.slice(0, -1), 1];
    const thresholds = new Float32Array(batchSize);
    thresholds.set(masks.above.subarray(batch.start, batch.end));
    const limits = tf.reshape(tf.tensor1d(thresholds), [batchSize, ...model.inputShape.map(() => 1)]);
    const kept = tf.greater(perRow(masks.maps, mapShape), limits);
    // `where` does not broadcast on every backend, so all three arguments get the shape of the samples.
    const everywhere = tf.logicalAnd(kept, tf.onesLike(x).asType('bool'));
    const replaced = tf.add(tf.zerosLike(x), removed() ?? 0);
    return { outputs: outputOf(network.run(tf.where(everywhere, x, replaced))).dataSync() as Float32Array };
  }
  const flat = resizedMasks(context, masks, batch);
  const mask = isTable(model.inputShape) ? flat : tf.reshape(flat, [batchSize, ...positionsOfShape(model.inputShape), 1]);
  const seen = tf.mul(x, mask);
  const hidden = removed();
  const masked = hidden === undefined ? seen : tf.add(seen, tf.mul(hidden, tf.sub(1, mask)));
  const given = outputOf(network.run(masked));
  const outputs = valuesOf(given);
  if (sums === undefined) return { outputs };
  const rowSamples = slots.map((slot) => distinct[slot] ?? 0);
  const weights = pickClasses(tf, given, explainedOfRows(sums, rowSamples));
  const shares = tf.div(weights, tf.add(tf.sum(flat, 1), 1e-6));
  return { outputs, contributions: valuesOf(tf.mul(flat, tf.reshape(shares, [batchSize, 1]))) };
}

/** The masks of the rows of a batch, `[batch, positions]`. */
function resizedMasks({ tf, model, batchSize }: TensorFlowContext, masks: ResizedMasks, batch: Batch): TfTensor {
  const positions = positionsOfShape(model.inputShape);
  const grid = masks.maps.shape.slice(1, -1);
  const maps = gatherMaps(masks, batch, batchSize);
  const [height = 1, width = 1] = positions;
  const [mapHeight = 1, mapWidth = 1] = grid;
  const resize = (images: Tensor4D) => tf.image.resizeBilinear(images, [height, width], false, true);
  const resized =
    grid.join() === positions.join()
      ? tf.tensor(maps, [batchSize, sizeOf(positions)])
      : resize(tf.tensor4d(maps, [batchSize, mapHeight, mapWidth, 1]));
  const flat = tf.reshape(resized, [batchSize, sizeOf(positions)]);
  if (!masks.scaled) return flat;
  const smallest = tf.min(flat, 1, true);
  return tf.div(tf.sub(flat, smallest), tf.add(tf.sub(tf.max(flat, 1, true), smallest), 1e-6));
}
