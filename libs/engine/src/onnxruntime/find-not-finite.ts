import { toXaigridError } from '@xaigrid/contracts';
import { differentiate, type Graph, GraphBuilder, type GraphNode, int } from '@xaigrid/graph';
import { firstNotFinite, rowsOf } from '@xaigrid/tensor';
import type { GradientRequest, NotFinite } from '../engine.js';
import { channelsFirst, forward, oneHot, reshape } from './compose.js';
import type { OnnxContext } from './onnx-context.js';

/** A node, and one number that is NaN if any of its values is NaN or infinite. */
interface Probe {
  readonly node: GraphNode;
  readonly of: NotFinite['of'];
  readonly value: string;
}

/**
 * Where a NaN or an infinity arises while p_c of one sample and its gradient are computed: the first node whose output, or whose
 * gradient, is not finite although all before it were. Undefined if everything is finite.
 */
export async function findNotFinite(
  context: OnnxContext,
  { inputs, classes }: Pick<GradientRequest, 'inputs' | 'classes'>,
): Promise<NotFinite | undefined> {
  const { description, sessions } = context;
  const { graph, probes } = composeProbes(context);
  const compiled = await sessions.compiled('not finite', () => graph);
  for (let sample = 0; sample < (inputs.shape[0] ?? 0); sample++) {
    const { data } = rowsOf(inputs, sample, sample + 1);
    const feeds = {
      x: { data: data.slice(), shape: [1, ...description.inputShape] },
      classes: { data: classes.slice(sample, sample + 1), shape: [1, 1] },
    };
    const { found } = await compiled.run(feeds, ['found']);
    const first = probes[firstNotFinite(found)];
    if (first !== undefined) return { node: first.node.name, operator: first.node.op, of: first.of };
  }
  return undefined;
}

function composeProbes({ model }: OnnxContext): { graph: Graph; probes: readonly Probe[] } {
  const builder = new GraphBuilder('not-finite');
  const x = builder.input('x', 'float', [1, ...model.input.shape]);
  const classes = builder.input('classes', 'int32', [1, 1]);
  const input = channelsFirst(builder, x, model.input.shape);
  const before = builder.nodes.length;
  const { output } = forward(builder, model, input);
  const probes: Probe[] = [];
  const probe = (node: GraphNode, of: Probe['of'], values: readonly string[]) => {
    for (const value of values) if (value !== '' && isFloat(builder, value)) probes.push({ node, of, value });
  };
  for (const node of builder.nodes.slice(before)) probe(node, 'value', node.outputs);
  const seed = oneHot(builder, classes, model.output.classes);
  try {
    differentiate(builder, {
      ...{ value: output, gradient: seed, wrt: [input] },
      passed: (node, gradients) => {
        probe(node, 'gradient', gradients);
      },
    });
  } catch (error) {
    // If the gradient cannot be computed, the forward values can still be checked.
    if (toXaigridError(error).code !== 'OPERATION_UNSUPPORTED') throw error;
  }
  const sums = probes.map(({ value }) => {
    const zeros = builder.node('Mul', [value, builder.scalar(0, builder.info(value).type)]);
    const sum = builder.node('ReduceSum', [zeros], { keepdims: int(0) });
    return reshape(builder, builder.node('Cast', [sum], { to: int(FLOAT) }), [1]);
  });
  builder.output(builder.node('Concat', sums, { axis: int(0) }), 'found');
  return { graph: builder.build(), probes };
}

/** The number of float32 in `Cast`. */
const FLOAT = 1;

function isFloat(builder: GraphBuilder, value: string): boolean {
  return builder.hasInfo(value) && ['float', 'double'].includes(builder.info(value).type);
}
