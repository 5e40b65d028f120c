import { XaigridError, type Target } from '@xaigrid/contracts';
import { int, numberOf } from './attributes.js';
import { GraphBuilder } from './builder.js';
import { int64s } from './constants.js';
import { lastNode } from './ending.js';
import type { Graph, GraphNode } from './graph.js';
import type { Model } from './model.js';
import { axisOf } from './shapes/shape-rule.js';

/** The logits from which a graph computes its probabilities. */
interface Logits {
  /** A value with one number per class, in any shape. With `ofClass1` it is one number: the log-odds of class 1. */
  readonly value: string;
  readonly ofClass1: boolean;
  /** The function that makes probabilities from them. */
  readonly by: 'softmax' | 'sigmoid';
}

type Ended = Pick<Model, 'graph' | 'output'>;

/**
 * The function that makes the model's probabilities from its logits. If it is known, logits and log-probabilities can be
 * explained. Undefined if the logits cannot be found.
 */
export function logitsMadeBy(model: Ended): Logits['by'] | undefined {
  return logitsOf(model)?.by;
}

/**
 * The model's graph with `target` instead of probabilities as its output, `[n, classes]`. For two classes from one log-odds z,
 * the logits are −z and z, the log-odds of each class.
 * @throws OPERATION_UNSUPPORTED if the model's logits cannot be found
 */
export function targetGraph(model: Ended, target: Target): Graph {
  if (target === 'probability') return model.graph;
  const logits = logitsOf(model);
  if (logits === undefined) throw noLogits(target);
  const builder = GraphBuilder.from({ ...model.graph, outputs: [] });
  const ofClasses = classLogits(builder, logits, model.output.classes);
  if (target === 'logit') builder.output(builder.named('logits', 'Identity', [ofClasses]));
  else builder.output(logarithm(builder, ofClasses, logits.by));
  return builder.build();
}

/** The error of a model that has no target but probabilities. */
export function noLogits(target: Target): XaigridError {
  return new XaigridError(
    'OPERATION_UNSUPPORTED',
    `target: ${target} needs the model's logits, but xaigrid cannot find them: the model does not end in Softmax, LogSoftmax or a sigmoid. Leave out target, or export the model without its last activation.`,
  );
}

/** `[n, classes]` */
function classLogits(builder: GraphBuilder, { value, ofClass1 }: Logits, classes: number): string {
  const flat = builder.info(value).shape.length === 2 ? value : reshaped(builder, value, ofClass1 ? 1 : classes);
  if (!ofClass1) return flat;
  return builder.node('Concat', [builder.node('Neg', [flat]), flat], { axis: int(1) });
}

function reshaped(builder: GraphBuilder, value: string, width: number): string {
  return builder.node('Reshape', [value, builder.constant(int64s([0, width]))]);
}

/** log softmax z, or log σ(z) = −log(1 + e^−z) */
function logarithm(builder: GraphBuilder, logits: string, by: Logits['by']): string {
  if (by === 'softmax') return builder.named('log-probabilities', 'LogSoftmax', [logits], { axis: int(1) });
  return builder.named('log-probabilities', 'Neg', [builder.node('Softplus', [builder.node('Neg', [logits])])]);
}

function logitsOf({ graph, output }: Ended): Logits | undefined {
  const lastOf = (value: string) => lastNode({ nodes: graph.nodes, value });
  const last = lastOf(graph.outputs[0]?.name ?? '');
  switch (output.ending) {
    case 'two-classes-of-logit':
    case 'two-classes-of-probability': {
      // [σ(−z), σ(z)]; or [1 − p, p] if p is not a sigmoid.
      const [, ofClass1 = ''] = last?.op === 'Concat' ? last.inputs : [];
      const sigmoid = lastOf(ofClass1);
      if (sigmoid?.op !== 'Sigmoid') return undefined;
      const [wide = ''] = sigmoid.inputs;
      const cast = graph.nodes.find((node) => node.op === 'Cast' && node.outputs.includes(wide));
      return { value: cast?.inputs[0] ?? wide, ofClass1: true, by: 'sigmoid' };
    }
    case 'exp':
      return last?.op === 'Exp' ? before(graph, lastOf(last.inputs[0] ?? ''), output.classes) : undefined;
    case 'none':
    case 'softmax':
    case 'sigmoid':
      return before(graph, last, output.classes);
  }
}

/** The input of a node that makes probabilities, or their logarithms. */
function before(graph: Graph, node: GraphNode | undefined, classes: number): Logits | undefined {
  const [value = ''] = node?.inputs ?? [];
  if (node?.op === 'Sigmoid') return { value, ofClass1: false, by: 'sigmoid' };
  if (node?.op !== 'Softmax' && node?.op !== 'LogSoftmax') return undefined;
  const builder = GraphBuilder.from(graph);
  const { shape } = builder.hasInfo(value) ? builder.info(value) : { shape: [] };
  const axis = axisOf(numberOf(node, 'axis', -1), shape.length);
  return axis > 0 && shape[axis] === classes ? { value, ofClass1: false, by: 'softmax' } : undefined;
}
