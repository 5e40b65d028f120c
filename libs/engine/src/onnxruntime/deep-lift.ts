import {
  deepLiftMultipliers,
  type DeepLiftForward,
  type Graph,
  GraphBuilder,
  prepareDeepLift,
  type SoftmaxRule,
} from '@xaigrid/graph';
import { rowsOf, sizeOf, sumOf, type Tensor } from '@xaigrid/tensor';
import { activationBytes } from '../batch-size.js';
import type { DeepLift, DeepLiftAttribution, DeepLiftRequest } from '../engine.js';
import { type Batch, batchesOf } from '../request/batches.js';
import { checkDeepLift, checkReferences } from '../request/check-request.js';
import { channelsFirst, channelsLast, oneHot, reduce, shapeOf } from './compose.js';
import { createDoubleDeepLift } from './deep-lift-double.js';
import { deepLiftForward, rowsOfValues, type SideValue, sideValues } from './deep-lift-forward.js';
import type { OnnxContext } from './onnx-context.js';
import { roundKeepingSum } from './round-keeping-sum.js';
import type { Feed } from './sessions.js';

/** Values of references are kept up to this size; beyond it, each block's forward pass is part of the pairs' graph. */
const KEPT_BYTES = 128 * 2 ** 20;

/** Bytes of one pair's multipliers as they pass from operation to operation: a block's stay within a core's cache. */
const BLOCK_BYTES = 3 * 2 ** 17;
const LARGEST_BLOCK = 256;
/** A pair holds its forward values, multipliers and differences: about six times the forward pass. */
const PAIR_BYTES = 192 * 2 ** 20;

/**
 * A sample whose attributions miss their sum by more is done again in float64. Where one reference's logit is all but the
 * sample's, the softmax's multipliers are above 1e4, and float32's rounding in the layers below is multiplied by them. Of the
 * report's 1000 1-D samples that concerns about 2 %; it brings the largest error from 7.7e-4 to 9.9e-6.
 */
const ADDITIVITY_TOLERANCE = 1e-5;

/**
 * DeepLIFT's rescale rule. The references' forward pass is done once; then each sample meets blocks of references, whose
 * attributions are summed inside the graph, and over the blocks in float64. Below the softmax that is done in float32, and
 * again in float64 where float32 is not enough. A sample's result depends on nothing but the sample and the references.
 */
export async function deepLift(
  context: OnnxContext,
  references: Tensor,
  softmaxRule: SoftmaxRule = 'log-softmax',
): Promise<DeepLift> {
  const { model, description } = context;
  const count = checkReferences(description, references);
  const forward = prepareDeepLift(model.graph, softmaxRule);
  const wanted = { x: sideValues(context, forward, 'x'), r: sideValues(context, forward, 'r') };
  const kept = count * wanted.r.reduce((bytes, { shape }) => bytes + 4 * sizeOf(shape), 0) <= KEPT_BYTES;
  const found = await deepLiftForward(context, forward, { side: 'r', wanted: kept ? wanted.r : [], inputs: references });
  const expected = Float64Array.from({ length: description.classes }, (_, index) =>
    meanOfColumn(found.outputs, description.classes, index),
  );
  const pairs: PairGraph = { forward, x: wanted.x, r: kept ? wanted.r : undefined };
  const double = createDoubleDeepLift(context, { references, blocks: blocksOf(context, count), softmaxRule });
  const blocks = blocksOf(context, count).map((batch) => ({
    batch,
    feeds: kept
      ? prefixed('r', rowsOfValues(found, batch.start, batch.end))
      : { references: feedOf(rowsOf(references, batch.start, batch.end)) },
  }));

  async function attribute({ inputs, classes }: DeepLiftRequest): Promise<DeepLiftAttribution> {
    const samples = checkDeepLift(description, { inputs, classes });
    const size = sizeOf(description.inputShape);
    const attributions = new Float32Array(samples * size);
    const outputs = new Float64Array(samples);
    const means = Float64Array.from(classes, (index) => expected[index] ?? 0);
    const bits = new Uint8Array(samples).fill(32);
    // Samples' values are as large as references': a few samples at a time.
    for (const group of batchesOf(samples, context.batchSize)) {
      const side = await deepLiftForward(context, forward, {
        side: 'x',
        wanted: wanted.x,
        inputs: rowsOf(inputs, group.start, group.end),
      });
      for (let row = 0; row < group.rows; row++) {
        const sample = group.start + row;
        const index = classes[sample] ?? 0;
        const feeds = {
          ...prefixed('x', rowsOfValues(side, row, row + 1)),
          classes: { data: Int32Array.of(index), shape: [1, 1] },
        };
        const sum = new Float64Array(size);
        for (const block of blocks) {
          const graph = await context.sessions.compiled(
            `pairs ${block.batch.rows} ${kept ? 'kept' : 'inline'} ${softmaxRule}`,
            () => composePairs(context, pairs, block.batch.rows),
          );
          const { attribution } = await graph.run({ ...feeds, ...block.feeds }, ['attribution']);
          for (let i = 0; i < size; i++) sum[i] = (sum[i] ?? 0) + (attribution[i] ?? 0);
        }
        outputs[sample] = side.outputs[row * description.classes + index] ?? 0;
        const map = attributions.subarray(sample * size, (sample + 1) * size);
        for (let i = 0; i < size; i++) map[i] = (sum[i] ?? 0) / count;
        const change = (outputs[sample] ?? 0) - (means[sample] ?? 0);
        if (Math.abs(sumOf(map) - change) <= ADDITIVITY_TOLERANCE) continue;
        const exact = await double.attribute(rowsOf(inputs, sample, sample + 1), index);
        if (exact === undefined) continue;
        map.set(roundKeepingSum(exact.attributions));
        outputs[sample] = exact.output;
        means[sample] = exact.expected;
        bits[sample] = 64;
      }
    }
    return { attributions: { shape: inputs.shape, data: attributions }, outputs, expected: means, bits };
  }

  return {
    attribute,
    close() {
      blocks.length = 0;
      return Promise.resolve();
    },
  };
}

interface PairGraph {
  readonly forward: DeepLiftForward;
  readonly x: readonly SideValue[];
  /** Undefined: the references come in as they are, and their forward pass is part of the graph. */
  readonly r: readonly SideValue[] | undefined;
}

/** Blocks of references of nearly equal size: two sizes at most, so two graphs. */
function blocksOf({ model, description }: OnnxContext, count: number): Batch[] {
  const layers = Math.max(1, description.layers.length);
  const cached = Math.floor((BLOCK_BYTES * layers) / activationBytes(description));
  const held = Math.floor(PAIR_BYTES / (6 * activationBytes(description)));
  // Where a model takes one sample at a time, it takes one reference at a time.
  const size = model.alone === undefined ? Math.max(1, Math.min(LARGEST_BLOCK, cached, held)) : 1;
  return batchesOf(count, Math.ceil(count / Math.ceil(count / size)));
}

/** [1 sample] × [block of references] → Σ_r m(x, r) ⊙ (x − r), `[...inputShape]`. */
function composePairs({ model }: OnnxContext, { forward, x, r }: PairGraph, references: number): Graph {
  const builder = new GraphBuilder('deeplift-pairs');
  const inputs = (side: string, rows: number, values: readonly SideValue[]) =>
    new Map(values.map(({ name, shape, type }) => [name, builder.input(`${side}/${name}`, type, [rows, ...shape])]));
  const classes = builder.input('classes', 'int32', [1, 1]);
  const ofX = inputs('x', 1, x);
  const ofR = r === undefined ? inlined(builder) : inputs('r', references, r);

  function inlined(target: GraphBuilder): ReadonlyMap<string, string> {
    const raw = target.input('references', 'float', [references, ...model.input.shape]);
    const input = channelsFirst(target, raw, model.input.shape);
    return target.inline(forward.graph, { inputs: { [model.input.name]: input }, prefix: 'r/' }).values;
  }

  const valueOf = (name: string, side: 'x' | 'r') => (side === 'x' ? ofX : ofR).get(name) ?? name;
  const rows = builder.node('Expand', [
    oneHot(builder, classes, model.output.classes),
    shapeOf(builder, [references, model.output.classes]),
  ]);
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
