import type { SoftmaxRule } from '@xaigrid/contracts';
import { deepLiftMultipliers, type DeepLiftForward, type Graph, GraphBuilder } from '@xaigrid/graph';
import { explainedOfRows, outputOfClass, rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { Batch } from '../request/batches.js';
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
  readonly softmaxRule: SoftmaxRule;
}

/**
 * DeepLIFT in float32 for a model whose values have samples as rows. The forward pass of the references is done once. Then each
 * sample is paired with blocks of references. Attributions are summed inside the graph within a block, and in float64 over
 * blocks.
 */
export async function createRowPairs(
  context: OnnxContext,
  { forward, references, blocks, softmaxRule }: RowPairsOptions,
): Promise<Pairs> {
  const { description } = context;
  const count = references.shape[0] ?? 0;
  const size = sizeOf(description.inputShape);
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
      const side = await deepLiftForward(context, forward, { side: 'x', wanted: wanted.x, inputs });
      const attributed: PairAttribution[] = [];
      for (const row of explained.classes.keys()) {
        const feeds = {
          ...prefixed('x', rowsOfValues(side, row, row + 1)),
          ...classFeeds(explainedOfRows(explained, Int32Array.of(row))),
        };
        const sum = new Float64Array(size);
        for (const block of fed) {
          const graph = await context.sessions.compiled(
            `pairs ${contrasted ? 'of two ' : ''}${block.batch.rows} ${kept ? 'kept' : 'inline'} ${softmaxRule}`,
            () => composePairs(context, pairs, { references: block.batch.rows, contrasted }),
          );
          const { attribution } = await graph.run({ ...feeds, ...block.feeds }, ['attribution']);
          for (let i = 0; i < size; i++) sum[i] = (sum[i] ?? 0) + (attribution[i] ?? 0);
        }
        attributed.push({
          attributions: sum.map((total) => total / count),
          output: outputOfClass(side.outputs, explained, row, row * description.classes),
          expected: outputOfClass(expected, explained, row),
        });
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

/** [1 sample] × [block of references] → Σ_r m(x, r) ⊙ (x − r), `[...inputShape]`. */
function composePairs(
  { model }: OnnxContext,
  { forward, x, r }: PairGraph,
  { references, contrasted }: { readonly references: number; readonly contrasted: boolean },
): Graph {
  const builder = new GraphBuilder('deeplift-pairs');
  const inputs = (side: string, rows: number, values: readonly SideValue[]) =>
    new Map(values.map(({ name, shape, type }) => [name, builder.input(`${side}/${name}`, type, [rows, ...shape])]));
  const seed = seedOf(builder, { rows: 1, count: model.output.classes, contrasted });
  const ofX = inputs('x', 1, x);
  const ofR = r === undefined ? inlined(builder) : inputs('r', references, r);

  function inlined(target: GraphBuilder): ReadonlyMap<string, string> {
    const raw = target.input('references', 'float', [references, ...model.input.shape]);
    const input = channelsFirst(target, raw, model.input.shape);
    return target.inline(forward.graph, { inputs: { [model.input.name]: input }, prefix: 'r/' }).values;
  }

  const valueOf = (name: string, side: 'x' | 'r') => (side === 'x' ? ofX : ofR).get(name) ?? name;
  const rows = builder.node('Expand', [seed, shapeOf(builder, [references, model.output.classes])]);
  const multipliers = deepLiftMultipliers(builder, { forward, valueOf, gradient: rows });
  const difference = builder.node('Sub', [valueOf(model.input.name, 'x'), valueOf(model.input.name, 'r')]);
  const sum = reduce(builder, 'ReduceSum', builder.node('Mul', [multipliers, difference]), { axes: [0], keep: true });
  builder.output(channelsLast(builder, sum, model.input.shape), 'attribution');
  return builder.build();
}

function prefixed(side: string, feeds: ReadonlyMap<string, Feed>): Record<string, Feed> {
  return Object.fromEntries([...feeds].map(([name, feed]) => [`${side}/${name}`, feed]));
}

function feedOf({ data, shape }: Tensor): Feed {
  return { data, shape };
}

function meanOfColumn(values: Float64Array, columns: number, column: number): number {
  let sum = 0;
  for (let at = column; at < values.length; at += columns) sum += values[at] ?? 0;
  return sum / (values.length / columns);
}
