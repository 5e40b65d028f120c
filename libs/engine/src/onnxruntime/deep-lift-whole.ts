import type { SoftmaxRule } from '@xaigrid/contracts';
import { deepLiftMultipliers, type Graph, GraphBuilder, inDoublePrecision, prepareDeepLift, withSamples } from '@xaigrid/graph';
import { explainedOfRows, outputOfClass, rowsOf, type ExplainedOutputs, type Tensor } from '@xaigrid/tensor';
import type { Batch } from '../request/batches.js';
import { channelsFirst, channelsLast, reduce, shapeOf } from './compose.js';
import type { PairAttribution, Pairs } from './deep-lift-pairs.js';
import type { OnnxContext } from './onnx-context.js';
import type { CompiledGraph, Feed } from './sessions.js';

export interface WholePairsOptions {
  readonly references: Tensor;
  readonly blocks: readonly Batch[];
  readonly softmaxRule: SoftmaxRule;
  readonly precision: 'float' | 'double';
}

/**
 * DeepLIFT whose graph includes the forward passes of both sides. Nothing is kept between runs.
 * @throws OPERATION_UNSUPPORTED, ENGINE_FAILED if the model has operations without a DeepLIFT rule, or without a kernel of that
 * precision
 */
export async function createWholePairs(
  context: OnnxContext,
  { references, blocks, softmaxRule, precision }: WholePairsOptions,
): Promise<Pairs> {
  const { model, sessions } = context;
  const prepared: PreparedBlock[] = [];
  for (const block of blocks) {
    prepared.push({
      graph: await sessions.compiled(`whole ${precision} pairs ${block.rows} ${softmaxRule}`, () =>
        composeWholePairs(context, { references: block.rows, softmaxRule, precision }),
      ),
      references: feedOf(rowsOf(references, block.start, block.end), precision),
    });
  }

  /** @param explained the classes of this one sample */
  async function attributeOne(input: Tensor, explained: ExplainedOutputs): Promise<PairAttribution> {
    const seed = { shape: [1, model.output.classes], data: new Float32Array(model.output.classes) };
    const [own = -1] = explained.classes;
    seed.data[own] = 1;
    for (const other of explained.contrasts ?? []) seed.data[other] = (seed.data[other] ?? 0) - 1;
    const feeds = { x: feedOf(input, precision), seed: feedOf(seed, precision) };
    const count = references.shape[0] ?? 0;
    let output = NaN;
    let expected = 0;
    const attributions = new Float64Array(input.data.length);
    for (const block of prepared) {
      const found = await block.graph.runMixed({ ...feeds, references: block.references }, ['attribution', 'of x', 'of r']);
      const sums = found.get('attribution');
      const [ofX, ofR] = ['of x', 'of r'].map((name) => Array.from(found.get(name) ?? [], Number));
      for (let i = 0; i < attributions.length; i++) attributions[i] = (attributions[i] ?? 0) + Number(sums?.[i]) / count;
      output = outputOfClass(ofX ?? [], explained, 0);
      expected += outputOfClass(ofR ?? [], explained, 0) / count;
    }
    return { attributions, output, expected };
  }

  return {
    async attribute(inputs, explained) {
      const attributed: PairAttribution[] = [];
      for (const row of explained.classes.keys())
        attributed.push(await attributeOne(rowsOf(inputs, row, row + 1), explainedOfRows(explained, Int32Array.of(row))));
      return attributed;
    },
    close() {
      prepared.length = 0;
    },
  };
}

interface PreparedBlock {
  readonly graph: CompiledGraph;
  readonly references: Feed;
}

/** [1 sample] × [block of references] → Σ_r m(x, r) ⊙ (x − r), p(x), Σ_r p(r). */
function composeWholePairs(
  { model }: OnnxContext,
  { references, softmaxRule, precision }: Pick<WholePairsOptions, 'softmaxRule' | 'precision'> & { readonly references: number },
): Graph {
  const own = precision === 'double' ? inDoublePrecision(model.graph) : model.graph;
  const inRows = prepareDeepLift(own, softmaxRule).inRows;
  const forward = prepareDeepLift(inRows ? own : withSamples(own, references), softmaxRule);
  const builder = new GraphBuilder('deeplift-whole-pairs');
  const side = (name: string, rows: number, repeated: number) => {
    const given = builder.input(name, precision, [rows, ...model.input.shape]);
    const all = rows === repeated ? given : builder.node('Expand', [given, shapeOf(builder, [repeated, ...model.input.shape])]);
    const input = channelsFirst(builder, all, model.input.shape);
    const { values } = builder.inline(forward.graph, { inputs: { [model.input.name]: input }, prefix: `${name}/` });
    return { input, values, output: values.get(forward.output) ?? '' };
  };
  // If samples are not rows of all values, the sample is copied once per reference.
  const x = side('x', 1, inRows ? 1 : references);
  const r = side('references', references, references);
  const rows = builder.node('Expand', [
    builder.input('seed', precision, [1, model.output.classes]),
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
  builder.output(x.output, 'of x');
  builder.output(reduce(builder, 'ReduceSum', r.output, { axes: [0], keep: true }), 'of r');
  return builder.build();
}

function feedOf({ data, shape }: Tensor, precision: 'float' | 'double'): Feed {
  return { data: precision === 'double' ? Float64Array.from(data) : data, shape };
}
