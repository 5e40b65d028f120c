import { type Graph, GraphBuilder, int, int64s, text } from '@xaigrid/graph';
import { sizeOf } from '@xaigrid/tensor';
import { channelsFirst, forward, gather, pickClasses, reduce, reshape } from './compose.js';
import type { OnnxContext } from './onnx-context.js';

/** What the graph returns for each row: w_k, min_k and max_k. */
export const STATISTICS = 3;

/** Samples, feature maps and classes → w_k, min_k and max_k of each row, `[batch, 3]`. */
export function composeMaskScores(
  { model, batchSize }: OnnxContext,
  { mapPositions, contrasted }: { readonly mapPositions: readonly number[]; readonly contrasted: boolean },
): Graph {
  const builder = new GraphBuilder('weighted-mask-sum');
  const { shape } = model.input;
  const positions = shape.slice(0, -1);
  const samples = builder.input('samples', 'float', [null, ...shape]);
  const slots = builder.input('slots', 'int32', [batchSize]);
  const maps = builder.input('maps', 'float', [batchSize, ...mapPositions]);

  const resized = resize(builder, maps, { batchSize, from: mapPositions, to: positions });
  const smallest = reduce(builder, 'ReduceMin', resized, { axes: [1], keep: true });
  const largest = reduce(builder, 'ReduceMax', resized, { axes: [1], keep: true });
  const range = builder.node('Add', [builder.node('Sub', [largest, smallest]), builder.scalar(1e-6)]);
  const mask = builder.node('Div', [builder.node('Sub', [resized, smallest]), range]);

  const x = gather(builder, channelsFirst(builder, samples, shape), slots);
  const masked = builder.node('Mul', [x, reshape(builder, mask, [0, 1, ...positions])]);
  const { output } = forward(builder, model, masked);
  const of = (name: string) => pickClasses(builder, output, builder.input(name, 'int32', [batchSize, 1]));
  const own = of('classes');
  const weight = contrasted ? builder.node('Sub', [own, of('contrasts')]) : own;
  builder.output(builder.node('Concat', [weight, smallest, largest], { axis: int(1) }), 'statistics');
  return builder.build();
}

/** Linear over every axis with half-pixel centres: `[batch, ...from]` → `[batch, positions]`, flat. */
function resize(
  builder: GraphBuilder,
  maps: string,
  { batchSize, from, to }: { readonly batchSize: number; readonly from: readonly number[]; readonly to: readonly number[] },
): string {
  const size = sizeOf(to);
  if (from.join() === to.join()) return reshape(builder, maps, [batchSize, size]);
  const rows = reshape(builder, maps, [batchSize, 1, ...imageOf(from)]);
  const sizes = builder.constant(int64s([batchSize, 1, ...imageOf(to)]));
  const attributes = { mode: text('linear'), coordinate_transformation_mode: text('half_pixel') };
  return reshape(builder, builder.node('Resize', [rows, '', '', sizes], attributes), [batchSize, size]);
}

/** A signal as an image one pixel high: ONNX Runtime takes three axes for a volume. */
function imageOf(extents: readonly number[]): readonly number[] {
  return extents.length === 1 ? [1, ...extents] : extents;
}
