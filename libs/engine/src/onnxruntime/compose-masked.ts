import { type Graph, GraphBuilder, int64s, text } from '@xaigrid/graph';
import { isTable, positionsOfShape, sizeOf } from '@xaigrid/tensor';
import type { MaskScoresKind } from '../request/check-request.js';
import { channelsFirst, forward, gather, reduce, reshape } from './compose.js';
import type { OnnxContext } from './onnx-context.js';

/** A mask inside the graph. */
interface Mask {
  /** Replaces hidden values by the baseline, or by zeros. Channels first. */
  readonly over: (samples: string, baseline: string | undefined) => string;
  /** The smallest and largest value of each resized map, `[batch, 1]`. Undefined if maps are not scaled. */
  readonly range?: { readonly smallest: string; readonly largest: string };
}

/**
 * The graph that masks samples and runs the model. Its inputs are samples, maps and baselines, each once, and the indices of
 * those that each row uses. Its outputs are `output`, and if scaled masks are summed, also `smallest` and `largest` for each row.
 */
export function composeMasked(context: OnnxContext, kind: MaskScoresKind, summed: boolean): Graph {
  const { model, batchSize } = context;
  const builder = new GraphBuilder('masked');
  const { shape } = model.input;
  const samples = builder.input('samples', 'float', [null, ...shape]);
  const slots = builder.input('slots', 'int32', [batchSize]);
  const x = gather(builder, channelsFirst(builder, samples, shape), slots);
  const mask =
    kind.masks.of === 'thresholds'
      ? thresholdMask(builder, context, { slots, perValue: kind.masks.perValue })
      : resizedMask(builder, context, kind.masks);
  const masked = mask.over(x, composeBaseline(builder, context, { slots, kind: kind.baseline }));
  builder.output(forward(builder, model, masked).output, 'output');
  if (summed && mask.range !== undefined) {
    builder.output(mask.range.smallest, 'smallest');
    builder.output(mask.range.largest, 'largest');
  }
  return builder.build();
}

function thresholdMask(
  builder: GraphBuilder,
  { model: { input }, batchSize }: OnnxContext,
  { slots, perValue }: { readonly slots: string; readonly perValue: boolean },
): Mask {
  const { shape } = input;
  const positions = shape.slice(0, -1);
  const maps = builder.input('maps', 'float', [null, ...(perValue ? shape : positions)]);
  const thresholds = builder.input('thresholds', 'float', [batchSize, ...shape.map(() => 1)]);
  const inLayout = perValue ? channelsFirst(builder, maps, shape) : reshape(builder, maps, [0, 1, ...positions]);
  const kept = builder.node('Greater', [gather(builder, inLayout, slots), thresholds]);
  return { over: (samples, baseline) => builder.node('Where', [kept, samples, baseline ?? builder.scalar(0)]) };
}

function resizedMask(
  builder: GraphBuilder,
  { model: { input }, batchSize }: OnnxContext,
  { grid, scaled }: { readonly grid: readonly number[]; readonly scaled: boolean },
): Mask {
  const positions = positionsOfShape(input.shape);
  const maps = builder.input('maps', 'float', [batchSize, ...grid]);
  const resized = resize(builder, maps, { batchSize, from: grid, to: positions });
  const range = scaled
    ? {
        smallest: reduce(builder, 'ReduceMin', resized, { axes: [1], keep: true }),
        largest: reduce(builder, 'ReduceMax', resized, { axes: [1], keep: true }),
      }
    : undefined;
  const values = range === undefined ? resized : scaledBy(builder, resized, range);
  const mask = isTable(input.shape) ? values : reshape(builder, values, [0, 1, ...positions]);
  return {
    over(samples, baseline) {
      const seen = builder.node('Mul', [samples, mask]);
      if (baseline === undefined) return seen;
      const hidden = builder.node('Mul', [baseline, builder.node('Sub', [builder.scalar(1), mask])]);
      return builder.node('Add', [seen, hidden]);
    },
    ...(range === undefined ? {} : { range }),
  };
}

function scaledBy(builder: GraphBuilder, resized: string, { smallest, largest }: NonNullable<Mask['range']>): string {
  const range = builder.node('Add', [builder.node('Sub', [largest, smallest]), builder.scalar(1e-6)]);
  return builder.node('Div', [builder.node('Sub', [resized, smallest]), range]);
}

/** The baseline, channels first. Undefined for zeros. */
function composeBaseline(
  builder: GraphBuilder,
  { model: { input }, batchSize }: OnnxContext,
  { slots, kind }: { readonly slots: string; readonly kind: MaskScoresKind['baseline'] },
): string | undefined {
  if (kind === 'zero') return undefined;
  const { shape } = input;
  const all = channelsFirst(builder, builder.input('baseline', 'float', [kind === 'one' ? 1 : null, ...shape]), shape);
  if (kind === 'one') return all;
  return gather(builder, all, kind === 'per sample' ? slots : builder.input('reference slots', 'int32', [batchSize]));
}

/** Linear resizing over every axis with half-pixel centres: `[batch, ...from]` → `[batch, positions]`, flat. */
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

/** The extents of a signal as an image that is one pixel high: ONNX Runtime takes three axes for a volume. */
function imageOf(extents: readonly number[]): readonly number[] {
  return extents.length === 1 ? [1, ...extents] : extents;
}
