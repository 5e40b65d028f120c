import { resizeLinear, sizeOf } from '@xaigrid/tensor';
import type { WeightedMaskSum, WeightedMaskSumRequest } from '../engine.js';
import { type Batch, batchesOf, batchSamples, explainedOf, gatherMaps, gatherRows } from '../request/batches.js';
import { checkWeightedMaskSum, positionsOf } from '../request/check-request.js';
import { classFeeds } from './class-feeds.js';
import { composeMaskScores, STATISTICS } from './mask-scores.js';
import type { OnnxContext } from './onnx-context.js';
import { resizeShares } from './resize-shares.js';

/**
 * SISE's perturbation step. The graph resizes and scales each feature map, masks its sample with it and scores that.
 *
 * The sums are done here, in float64: ONNX Runtime adds up a row in an order that depends on where in the batch it lies.
 * m_k = (resize(A_k) − min_k)/(max_k − min_k + 1e-6) is affine in the feature map, and
 * resizing keeps constants, so V = resize(Σ_k a_k·(A_k − min_k)) with a_k = w_k/((max_k − min_k + 1e-6)·(Σm_k + 1e-6)):
 * one sum at low resolution and one resize a sample.
 */
export async function weightedMaskSum(context: OnnxContext, request: WeightedMaskSumRequest): Promise<WeightedMaskSum> {
  const { description, batchSize, sessions } = context;
  const samples = checkWeightedMaskSum(description, request);
  const { inputs, activations, rows } = request;
  const mapPositions = activations.shape.slice(1, -1);
  const weights = new Float32Array(rows.sample.length);
  const positions = positionsOf(description);
  const low = new Float64Array(samples * sizeOf(mapPositions));
  const shares = resizeShares(mapPositions, positions);

  const contrasted = request.contrasts !== undefined;
  const graph = await sessions.compiled(`weighted ${contrasted ? 'of two ' : ''}${mapPositions.join('x')}`, () =>
    composeMaskScores(context, { mapPositions, contrasted }),
  );
  for (const batch of batchesOf(weights.length, batchSize)) {
    const { samples: used, slots } = batchSamples(rows.sample, batch, batchSize);
    const maps = gatherMaps(activations, rows, batch, batchSize);
    const rowSamples = slots.map((slot) => used[slot] ?? 0);
    const { statistics } = await graph.run(
      {
        samples: { data: gatherRows(inputs, used), shape: [used.length, ...description.inputShape] },
        slots: { data: slots, shape: [batchSize] },
        maps: { data: maps, shape: [batchSize, ...mapPositions] },
        ...classFeeds(explainedOf(request, rowSamples)),
      },
      ['statistics'],
    );
    addRows(low, { request, batch, maps, statistics, weights, shares });
  }

  const data = Float32Array.from(low);
  if (mapPositions.join() === positions.join()) return { sums: { shape: [samples, ...positions], data }, weights };
  const resized = resizeLinear({ shape: [samples, ...mapPositions, 1], data }, positions);
  return { sums: { shape: [samples, ...positions], data: resized.data }, weights };
}

/** Adds a_k·(A_k − min_k) of a batch's rows to the sums of their samples. */
function addRows(
  low: Float64Array,
  options: {
    readonly request: WeightedMaskSumRequest;
    readonly batch: Batch;
    /** `[batch, map positions]` */
    readonly maps: Float32Array;
    readonly statistics: Float32Array;
    readonly weights: Float32Array;
    /** From `resizeShares`. */
    readonly shares: Float64Array;
  },
): void {
  const { request, batch, maps, statistics, weights, shares } = options;
  const size = shares.length;
  for (let row = 0; row < batch.rows; row++) {
    const [weight = 0, smallest = 0, largest = 0] = statistics.subarray(row * STATISTICS, (row + 1) * STATISTICS);
    const map = maps.subarray(row * size, (row + 1) * size);
    const range = largest - smallest + 1e-6;
    let total = 0;
    for (let position = 0; position < size; position++) total += (shares[position] ?? 0) * ((map[position] ?? 0) - smallest);
    const factor = weight / (range * (total / range + 1e-6));
    const target = (request.rows.sample[batch.start + row] ?? 0) * size;
    for (let position = 0; position < size; position++) {
      low[target + position] = (low[target + position] ?? 0) + factor * ((map[position] ?? 0) - smallest);
    }
    weights[batch.start + row] = weight;
  }
}
