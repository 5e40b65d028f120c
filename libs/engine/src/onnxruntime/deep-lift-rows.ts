import type { SoftmaxRule } from '@xaigrid/contracts';
import { deepLiftMultipliers, type DeepLiftForward, type Graph, GraphBuilder } from '@xaigrid/graph';
import { outputOfClass, rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import { type Batch, batchesOf, paddedExplained, paddedRows } from '../request/batches.js';
import { classFeeds } from './class-feeds.js';
import { channelsFirst, channelsLast, reduce, seedOf, shapeOf } from './compose.js';
import { deepLiftForward, rowsOfValues, type SideValue, sideValues } from './deep-lift-forward.js';
import type { PairAttribution, Pairs } from './deep-lift-pairs.js';
import type { OnnxContext } from './onnx-context.js';
import type { Feed } from './sessions.js';

/** Values of references are kept up to this size. Beyond it, the graph of the pairs includes each block's forward pass. */
const KEPT_BYTES = 128 * 2 ** 20;

interface RowPairsOptions {
  readonly forward: DeepLiftForward;
  readonly references: Tensor;
  readonly blocks: readonly Batch[];
  /** The pairs that fit into one pass. */
  readonly pairsAtOnce: number;
  readonly softmaxRule: SoftmaxRule;
}

/**
 * DeepLIFT in float32 for a model whose values have samples as rows. The forward pass of the references is done once. Then each
 * sample is paired with blocks of references. Attributions are summed inside the graph within a block, and in float64 over
 * blocks. With one reference, as many samples go together as pairs fit into one pass.
 */
export async function createRowPairs(
  context: OnnxContext,
  { forward, references, blocks, pairsAtOnce, softmaxRule }: RowPairsOptions,
): Promise<Pairs> {
  const { description } = context;
  const count = references.shape[0] ?? 0;
  const size = sizeOf(description.inputShape);
  const together = count === 1 ? Math.min(pairsAtOnce, context.batchSize) : 1;
  const wanted = { x: sideValues(context, forward, 'x'), r: sideValues(context, forward, 'r') };
  const kept = count * wanted.r.reduce((bytes, { shape }) => bytes + 4 * sizeOf(shape), 0) <= KEPT_BYTES;
  const found = await deepLiftForward(context, forward, { side: 'r', wanted: kept ? wanted.r : [], inputs: references });
  const expected = Float64Array.from({ length: description.classes }, (_, index) =>
    meanOfColumn(found.outputs, description.classes, index),
  );
  const pairs: PairGraph = { forward, x: wanted.x, r: kept ? wanted.r : undefined };
  const fed = blocks.map((batch) => ({
    batch,
    feeds: kept
      ? prefixed('r', rowsOfValues(found, batch.start, batch.end))
      : { references: feedOf(rowsOf(references, batch.start, batch.end)) },
  }));

  return {
    async attribute(inputs, explained) {
      const contrasted = explained.contrasts !== undefined;
      const samples = explained.classes.length;
      const side = await deepLiftForward(context, forward, { side: 'x', wanted: wanted.x, inputs: filledUp(inputs, together) });
      const attributed: PairAttribution[] = [];
      for (const group of batchesOf(samples, together)) {
        const feeds = {
          ...prefixed('x', rowsOfValues(side, group.start, group.start + together)),
          ...classFeeds(paddedExplained(explained, group, together)),
        };
        const sums = new Float64Array(together * size);
        for (const block of fed) {
          const rows = { samples: together, references: block.batch.rows };
          const graph = await context.sessions.compiled(
            `pairs ${contrasted ? 'of two ' : ''}${rows.samples} × ${rows.references} ${kept ? 'kept' : 'inline'} ${softmaxRule}`,
            () => composePairs(context, pairs, { ...rows, contrasted }),
          );
          const { attribution } = await graph.run({ ...feeds, ...block.feeds }, ['attribution']);
          for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (attribution[i] ?? 0);
        }
        for (let row = group.start; row < group.end; row++) {
          const own = sums.subarray((row - group.start) * size, (row - group.start + 1) * size);
          attributed.push({
            attributions: own.map((total) => total / count),
            output: outputOfClass(side.outputs, explained, row, row * description.classes),
            expected: outputOfClass(expected, explained, row),
          });
        }
      }
      return attributed;
    },
    close() {
      fed.length = 0;
    },
  };
}

interface PairGraph {
  readonly forward: DeepLiftForward;
  readonly x: readonly SideValue[];
  /** Undefined: the references themselves are inputs, and the graph includes their forward pass. */
  readonly r: readonly SideValue[] | undefined;
}

/** One sample and a block of references, or several samples and one reference → Σ_r m(x, r) ⊙ (x − r), `[samples, ...inputShape]`. */
function composePairs(
  { model }: OnnxContext,
  { forward, x, r }: PairGraph,
  rows: { readonly samples: number; readonly references: number; readonly contrasted: boolean },
): Graph {
  const { samples, references, contrasted } = rows;
  const builder = new GraphBuilder('deeplift-pairs');
  const inputs = (side: string, count: number, values: readonly SideValue[]) =>
    new Map(values.map(({ name, shape, type }) => [name, builder.input(`${side}/${name}`, type, [count, ...shape])]));
  const seed = seedOf(builder, { rows: samples, count: model.output.classes, contrasted });
  const ofX = inputs('x', samples, x);
  const ofR = r === undefined ? inlined(builder) : inputs('r', references, r);

  function inlined(target: GraphBuilder): ReadonlyMap<string, string> {
    const raw = target.input('references', 'float', [references, ...model.input.shape]);
    const input = channelsFirst(target, raw, model.input.shape);
    return target.inline(forward.graph, { inputs: { [model.input.name]: input }, prefix: 'r/' }).values;
  }

  const valueOf = (name: string, side: 'x' | 'r') => (side === 'x' ? ofX : ofR).get(name) ?? name;
  const gradient = builder.node('Expand', [seed, shapeOf(builder, [samples * references, model.output.classes])]);
  const multipliers = deepLiftMultipliers(builder, { forward, valueOf, gradient });
  const difference = builder.node('Sub', [valueOf(model.input.name, 'x'), valueOf(model.input.name, 'r')]);
  const each = builder.node('Mul', [multipliers, difference]);
  const sums = samples === 1 ? reduce(builder, 'ReduceSum', each, { axes: [0], keep: true }) : each;
  builder.output(channelsLast(builder, sums, model.input.shape), 'attribution');
  return builder.build();
}

function prefixed(side: string, feeds: ReadonlyMap<string, Feed>): Record<string, Feed> {
  return Object.fromEntries([...feeds].map(([name, feed]) => [`${side}/${name}`, feed]));
}

/** Rows of zeros are added, so that there are as many as a multiple of `size`. */
function filledUp(inputs: Tensor, size: number): Tensor {
  const [count = 0, ...shape] = inputs.shape;
  const rows = size * Math.ceil(count / size);
  return { shape: [rows, ...shape], data: paddedRows(inputs, { start: 0, end: count, rows: count }, rows) };
}

function feedOf({ data, shape }: Tensor): Feed {
  return { data, shape };
}

function meanOfColumn(values: Float64Array, columns: number, column: number): number {
  let sum = 0;
  for (let at = column; at < values.length; at += columns) sum += values[at] ?? 0;
  return sum / (values.length / columns);
}
