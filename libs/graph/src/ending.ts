import { XaigridError } from '@xaigrid/contracts';
import { int, numberOf } from './attributes.js';
import { GraphBuilder } from './builder.js';
import type { Graph, GraphNode, Shape } from './graph.js';
import { dataTypes } from './onnx/data-types.js';
import { axisOf } from './shapes/shape-rule.js';

/** What the numbers of a model's output are, as a spec says it. */
export type OutputValues = 'logits' | 'probabilities';

/** What is added after a model's output, so that it gives the probability of every class. */
export type Ending = 'none' | 'softmax' | 'sigmoid' | 'exp' | 'two-classes-of-logit' | 'two-classes-of-probability';

/** The ending of a model, and what it means. */
export interface EndingChoice {
  readonly ending: Ending;
  /** Whether a sample may have several classes, so that outputs do not exclude each other. */
  readonly multiLabel: boolean;
}

/** Operators that do not change probabilities. */
const passing = ['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Dropout', 'Cast', 'Transpose'];
const sigmoids = ['Sigmoid', 'HardSigmoid'];
const softmaxes = ['Softmax', 'LogSoftmax'];

/**
 * Chooses how to get probabilities, which explanations and scores are about. A model that ends in Softmax or a sigmoid already
 * gives them. One that ends in LogSoftmax gives their logarithms. All other outputs count as logits. One output means two
 * classes: it is the probability, or the log-odds, of class 1.
 * @param said overrules what the graph looks like
 * @throws MODEL_UNSUPPORTED for a Softmax over one output, SPEC_INVALID for `multiLabel` if the model's classes exclude each
 * other
 */
export function chooseEnding(
  graph: { readonly nodes: readonly GraphNode[]; readonly value: string; readonly classes: number },
  said: { readonly values?: OutputValues | undefined; readonly multiLabel?: boolean | undefined },
): EndingChoice {
  const last = lastNode(graph)?.op ?? '';
  const exclusive = said.values !== 'logits' && softmaxes.includes(last);
  if (graph.classes === 1) return { ending: endingOfOne(last, said, exclusive), multiLabel: false };
  if (said.multiLabel === true && exclusive) {
    throw new XaigridError(
      'SPEC_INVALID',
      `multiLabel: true does not fit: the model ends in ${last}, whose classes exclude each other.`,
    );
  }
  const ofLogits = said.multiLabel === true ? 'sigmoid' : 'softmax';
  const gives =
    said.values ??
    (last === 'LogSoftmax' ? 'logarithms' : last === 'Softmax' || sigmoids.includes(last) ? 'probabilities' : 'logits');
  const ending = ({ logits: ofLogits, probabilities: 'none', logarithms: 'exp' } as const)[gives];
  return { ending, multiLabel: said.multiLabel ?? (ending === 'none' && !exclusive) };
}

/**
 * Refuses a model of several classes that ends in a Softmax along an axis with one value for a sample: each output is then 1,
 * whatever the sample. The axis of the samples is such an axis, since no result may depend on the other samples of a batch.
 * @throws MODEL_UNSUPPORTED
 */
export function refuseSoftmaxOfOne(
  end: { readonly nodes: readonly GraphNode[]; readonly value: string; readonly classes: number },
  shapeOf: (value: string) => Shape,
): void {
  const last = lastNode(end);
  if (last === undefined || !softmaxes.includes(last.op) || end.classes === 1) return;
  const shape = shapeOf(last.inputs[0] ?? '');
  const axis = axisOf(numberOf(last, 'axis', -1), shape.length);
  if (shape[axis] !== 1) return;
  const along = axis === 0 ? 'the samples of a batch (axis 0), not along the classes' : `axis ${axis}, which has one value`;
  throw new XaigridError(
    'MODEL_UNSUPPORTED',
    `The model ends in ${last.op} (node "${last.name}") along ${along}: of a sample by itself, every class has probability 1. Let it run along the classes (dim=1 in PyTorch), and export the model again.`,
  );
}

function endingOfOne(last: string, said: Parameters<typeof chooseEnding>[1], exclusive: boolean): Ending {
  if (said.multiLabel === true) {
    throw new XaigridError(
      'SPEC_INVALID',
      'multiLabel: true does not fit: the model has one output, which means two classes, 0 and 1. Leave out multiLabel.',
    );
  }
  if (exclusive) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The model's one output ends in ${last}, which is the same for every sample if there is only one class. Give the model a Sigmoid, or set output: logits.`,
    );
  }
  const probability = said.values === 'probabilities' || (said.values === undefined && sigmoids.includes(last));
  return probability ? 'two-classes-of-probability' : 'two-classes-of-logit';
}

/** The last operator that determines what the numbers are. */
export function lastNode({
  nodes,
  value,
}: {
  readonly nodes: readonly GraphNode[];
  readonly value: string;
}): GraphNode | undefined {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  let node = producers.get(value);
  while (node !== undefined && passing.includes(node.op)) node = producers.get(node.inputs[0] ?? '');
  return node;
}

/** The graph with the ending after its output `[n, classes]`. Its one output is then the probability of every class. */
export function withEnding(graph: Graph, ending: Ending): Graph {
  const [{ name: value } = { name: '' }] = graph.outputs;
  if (ending === 'two-classes-of-probability') return withComplement(graph, value);
  const builder = GraphBuilder.from({ ...graph, outputs: [] });
  builder.output(addEnding(builder, value, ending));
  return builder.build();
}

function addEnding(builder: GraphBuilder, value: string, ending: Exclude<Ending, 'two-classes-of-probability'>): string {
  switch (ending) {
    case 'none':
      return value;
    case 'softmax':
      return builder.named('probabilities', 'Softmax', [value], { axis: int(1) });
    case 'sigmoid':
      return builder.named('probabilities', 'Sigmoid', [value]);
    case 'exp':
      return builder.named('probabilities', 'Exp', [value]);
    case 'two-classes-of-logit': {
      const logit = builder.node('Cast', [value], { to: int(dataTypes.double) });
      const sigmoids = [builder.node('Neg', [logit]), logit].map((z) => builder.node('Sigmoid', [z]));
      const both = builder.node('Concat', sigmoids, { axis: int(1) });
      return builder.named('probabilities', 'Cast', [both], { to: int(dataTypes.float) });
    }
  }
}

/**
 * [1 − p, p]. If p is σ(z), 1 − p is computed as σ(−z), which keeps its digits if p is close to 1. Both are computed in float64:
 * ONNX Runtime's float32 sigmoid has an absolute error of 3e-8 (17 % of a value of 3e-7; values below 2e-8 become 0).
 */
function withComplement(graph: Graph, value: string): Graph {
  const last = lastNode({ nodes: graph.nodes, value });
  const logit = last?.op === 'Sigmoid' ? (last.inputs[0] ?? '') : '';
  const names = GraphBuilder.from(graph);
  const [wide, sigmoid] = [names.fresh('logit'), names.fresh('probability')];
  const nodes = graph.nodes.flatMap((node) =>
    node === last && logit !== ''
      ? [
          { name: wide, op: 'Cast', inputs: [logit], outputs: [wide], attributes: { to: int(dataTypes.double) } },
          { name: sigmoid, op: 'Sigmoid', inputs: [wide], outputs: [sigmoid], attributes: {} },
          // It keeps the name of the layer that it is.
          { ...node, op: 'Cast', inputs: [sigmoid], attributes: { to: int(dataTypes.float) } },
        ]
      : [node],
  );
  const builder = GraphBuilder.from({ ...graph, nodes, outputs: [] });
  const zero =
    logit === '' ? builder.node('Sub', [builder.scalar(1), value]) : complement(builder, wide, builder.info(logit).shape.length);
  builder.output(builder.named('probabilities', 'Concat', [zero, value], { axis: int(1) }));
  return builder.build();
}

function complement(builder: GraphBuilder, logit: string, rank: number): string {
  const sigmoid = builder.node('Sigmoid', [builder.node('Neg', [logit])]);
  const zero = builder.node('Cast', [sigmoid], { to: int(dataTypes.float) });
  return rank === 2 ? zero : builder.node('Flatten', [zero]);
}
