import { type Graph, GraphBuilder, int, int64s, text } from '@xaigrid/graph';
import { resizeBilinear, sizeOf } from '@xaigrid/tensor';
import type { WeightedMaskSum, WeightedMaskSumRequest } from '../engine.js';
import { batchesOf, batchSamples, gatherMaps, gatherRows } from '../request/batches.js';
import { checkWeightedMaskSum, positionsOf } from '../request/check-request.js';
import { channelsFirst, forward, gather, pickClasses, reduce, reshape } from './compose.js';
import type { OnnxContext } from './onnx-context.js';

/** What the graph returns for each row: w_k, min, max and Σm_k. */
const STATISTICS = 4;

/**
 * SISE's perturbation step. The graph resizes and scales each feature map, masks its sample with it and scores that.
 *
 * The weighted sum is done here: m_k = (resize(A_k) − min_k)/(max_k − min_k + 1e-6) is affine in the feature map, and
 * resizing keeps constants, so V = resize(Σ_k a_k·(A_k − min_k)) with a_k = w_k/((max_k − min_k + 1e-6)·(Σm_k + 1e-6)):
 * one sum at low resolution in float64 and one resize a sample, independent of which rows shared a batch.
 */
export async function weightedMaskSum(context: OnnxContext, request: WeightedMaskSumRequest): Promise<WeightedMaskSum> {
  const { description, batchSize, sessions } = context;
  const samples = checkWeightedMaskSum(description, request);
  const { inputs, classes, activations, rows } = request;
  const mapPositions = activations.shape.slice(1, -1);
  const weights = new Float32Array(rows.sample.length);
  const low = new Float64Array(samples * sizeOf(mapPositions));

  const graph = await sessions.compiled(`weighted ${mapPositions.join('x')}`, () => composeScores(context, mapPositions));
  for (const batch of batchesOf(weights.length, batchSize)) {
    const { samples: used, slots } = batchSamples(rows.sample, batch, batchSize);
    const maps = gatherMaps(activations, rows, batch, batchSize);
    const { statistics } = await graph.run(
      {
        samples: { data: gatherRows(inputs, used), shape: [used.length, ...description.inputShape] },
        slots: { data: slots, shape: [batchSize] },
        maps: { data: maps, shape: [batchSize, ...mapPositions] },
        classes: { data: slots.map((slot) => classes[used[slot] ?? 0] ?? 0), shape: [batchSize, 1] },
      },
      ['statistics'],
    );
    const size = sizeOf(mapPositions);
    for (let row = 0; row < batch.rows; row++) {
      const [weight = 0, smallest = 0, largest = 0, total = 0] = statistics.subarray(row * STATISTICS, (row + 1) * STATISTICS);
      weights[batch.start + row] = weight;
      const share = weight / ((largest - smallest + 1e-6) * (total + 1e-6));
      const target = (rows.sample[batch.start + row] ?? 0) * size;
      for (let position = 0; position < size; position++) {
        low[target + position] = (low[target + position] ?? 0) + share * ((maps[row * size + position] ?? 0) - smallest);
      }
    }
  }

  const positions = positionsOf(description);
  const data = Float32Array.from(low);
  if (mapPositions.join() === positions.join()) return { sums: { shape: [samples, ...positions], data }, weights };
  const resized = resizeBilinear({ shape: [samples, ...mapPositions, 1], data }, positions);
  return { sums: { shape: [samples, ...positions], data: resized.data }, weights };
}

function composeScores({ model, batchSize }: OnnxContext, mapPositions: readonly number[]): Graph {
  const builder = new GraphBuilder('weighted-mask-sum');
  const { shape } = model.input;
  const positions = shape.slice(0, -1);
  const samples = builder.input('samples', 'float', [null, ...shape]);
  const slots = builder.input('slots', 'int32', [batchSize]);
  const maps = builder.input('maps', 'float', [batchSize, ...mapPositions]);
  const classes = builder.input('classes', 'int32', [batchSize, 1]);

  const resized = resize(builder, maps, { batchSize, from: mapPositions, to: positions });
  const smallest = reduce(builder, 'ReduceMin', resized, { axes: [1], keep: true });
  const largest = reduce(builder, 'ReduceMax', resized, { axes: [1], keep: true });
  const range = builder.node('Add', [builder.node('Sub', [largest, smallest]), builder.scalar(1e-6)]);
  const mask = builder.node('Div', [builder.node('Sub', [resized, smallest]), range]);
  const total = reduce(builder, 'ReduceSum', mask, { axes: [1], keep: true });

  const x = gather(builder, channelsFirst(builder, samples, shape), slots);
  const masked = builder.node('Mul', [x, reshape(builder, mask, [0, 1, ...positions])]);
  const weight = pickClasses(builder, forward(builder, model, masked).output, classes);
  builder.output(builder.node('Concat', [weight, smallest, largest, total], { axis: int(1) }), 'statistics');
  return builder.build();
}

/** Bilinear with half-pixel centres: `[batch, ...from]` → `[batch, positions]`, flat. */
function resize(
  builder: GraphBuilder,
  maps: string,
  { batchSize, from, to }: { readonly batchSize: number; readonly from: readonly number[]; readonly to: readonly number[] },
): string {
  const size = sizeOf(to);
  if (from.join() === to.join()) return reshape(builder, maps, [batchSize, size]);
  // Four axes always: ONNX Runtime takes three for a volume.
  const [[height = 1, width = 1], [newHeight = 1, newWidth = 1]] = [from, to].map((extents) =>
    extents.length === 1 ? [1, ...extents] : extents,
  ) as [number[], number[]];
  const images = reshape(builder, maps, [batchSize, 1, height, width]);
  const sizes = builder.constant(int64s([batchSize, 1, newHeight, newWidth]));
  const attributes = { mode: text('linear'), coordinate_transformation_mode: text('half_pixel') };
  return reshape(builder, builder.node('Resize', [images, '', '', sizes], attributes), [batchSize, size]);
}
