import { toXaigridError } from '@xaigrid/contracts';
import {
  deepLiftMultipliers,
  type Graph,
  GraphBuilder,
  inDoublePrecision,
  prepareDeepLift,
  type SoftmaxRule,
} from '@xaigrid/graph';
import { rowsOf, type Tensor } from '@xaigrid/tensor';
import { activationBytes } from '../batch-size.js';
import type { Batch } from '../request/batches.js';
import { channelsFirst, channelsLast, reduce, shapeOf } from './compose.js';
import type { OnnxContext } from './onnx-context.js';
import type { CompiledGraph, Feed } from './sessions.js';

/**
 * A float64 pair: forward values of both sides, the convolutions' taps and multipliers, about 32 times the float32 forward
 * pass of one. Images of 224 × 224 through a VGG are beyond it, and minutes a sample.
 */
const PAIR_BYTES = 192 * 2 ** 20;
const BYTES_PER_ACTIVATION_BYTE = 32;

interface DoubleDeepLiftOptions {
  readonly references: Tensor;
  readonly blocks: readonly Batch[];
  readonly softmaxRule: SoftmaxRule;
}

interface DoubleAttribution {
  /** `[...inputShape]` */
  readonly attributions: Float64Array<ArrayBuffer>;
  readonly output: number;
  readonly expected: number;
}

export interface DoubleDeepLift {
  /** One sample's attributions, `[1, ...inputShape]`; undefined when the model cannot be run in float64. */
  attribute(input: Tensor, classIndex: number): Promise<DoubleAttribution | undefined>;
}

/** DeepLIFT with everything in float64: 60 ms a sample where float32 takes 18 (1000 references of the 1-D net). Built when first asked. */
export function createDoubleDeepLift(
  context: OnnxContext,
  { references, blocks, softmaxRule }: DoubleDeepLiftOptions,
): DoubleDeepLift {
  const { model, description, sessions } = context;
  let preparing: Promise<PreparedBlock[] | undefined> | undefined;

  /** Undefined where the model has operations without a DeepLIFT rule or a kernel for float64: float32 is then all there is. */
  async function prepare(): Promise<PreparedBlock[] | undefined> {
    const rows = Math.floor(PAIR_BYTES / (BYTES_PER_ACTIVATION_BYTE * activationBytes(description)));
    if (blocks.some((block) => block.rows > rows)) return undefined;
    try {
      const prepared: PreparedBlock[] = [];
      for (const block of blocks) {
        prepared.push({
          graph: await sessions.compiled(`double pairs ${block.rows} ${softmaxRule}`, () =>
            composeDoublePairs(context, { references: block.rows, softmaxRule }),
          ),
          references: doubleFeed(rowsOf(references, block.start, block.end)),
        });
      }
      return prepared;
    } catch (error) {
      if (['OPERATION_UNSUPPORTED', 'ENGINE_FAILED'].includes(toXaigridError(error).code)) return undefined;
      throw error;
    }
  }

  return {
    async attribute(input, classIndex) {
      preparing ??= prepare();
      const prepared = await preparing;
      if (prepared === undefined) return undefined;
      const seed = new Float64Array(model.output.classes);
      seed[classIndex] = 1;
      const feeds = { x: doubleFeed(input), seed: { data: seed, shape: [1, seed.length] } };
      const count = references.shape[0] ?? 0;
      let output = NaN;
      let expected = 0;
      const attributions = new Float64Array(input.data.length);
      for (const block of prepared) {
        const found = await block.graph.runMixed({ ...feeds, references: block.references }, ['attribution', 'px', 'pr']);
        const [sums, px, pr] = ['attribution', 'px', 'pr'].map((name) => found.get(name));
        for (let i = 0; i < attributions.length; i++) attributions[i] = (attributions[i] ?? 0) + Number(sums?.[i]) / count;
        output = Number(px?.[classIndex]);
        expected += Number(pr?.[classIndex]) / count;
      }
      return { attributions, output, expected };
    },
  };
}

interface PreparedBlock {
  readonly graph: CompiledGraph;
  readonly references: Feed;
}

/** [1 sample] × [block of references] → Σ_r m(x, r) ⊙ (x − r), p(x), Σ_r p(r); all in and out in float64. */
function composeDoublePairs(
  { model }: OnnxContext,
  { references, softmaxRule }: { readonly references: number; readonly softmaxRule: SoftmaxRule },
): Graph {
  const forward = prepareDeepLift(inDoublePrecision(model.graph), softmaxRule);
  const builder = new GraphBuilder('deeplift-double-pairs');
  const side = (name: string, rows: number) => {
    const input = channelsFirst(builder, builder.input(name, 'double', [rows, ...model.input.shape]), model.input.shape);
    const { values } = builder.inline(forward.graph, { inputs: { [model.input.name]: input }, prefix: `${name}/` });
    return { input, values, output: values.get(forward.output) ?? '' };
  };
  const x = side('x', 1);
  const r = side('references', references);
  const rows = builder.node('Expand', [
    builder.input('seed', 'double', [1, model.output.classes]),
    shapeOf(builder, [references, model.output.classes]),
  ]);
  const multipliers = deepLiftMultipliers(builder, {
    forward,
    valueOf: (value, of) => (of === 'x' ? x : r).values.get(value) ?? value,
    gradient: rows,
  });
  const products = builder.node('Mul', [multipliers, builder.node('Sub', [x.input, r.input])]);
  const sum = reduce(builder, 'ReduceSum', products, { axes: [0], keep: true });
  builder.output(channelsLast(builder, sum, model.input.shape), 'attribution');
  builder.output(x.output, 'px');
  builder.output(reduce(builder, 'ReduceSum', r.output, { axes: [0], keep: true }), 'pr');
  return builder.build();
}

function doubleFeed({ data, shape }: Tensor): Feed {
  return { data: Float64Array.from(data), shape };
}
