import { int, numberOf } from '../../attributes.js';
import { numbersOf } from '../../constants.js';
import type { Graph, GraphNode } from '../../graph.js';
import { liveNodes } from '../../live-nodes.js';

/** Operators that change only axes. */
const passing = ['Reshape', 'Unsqueeze', 'Identity'];

/**
 * Writes exp(z − log Σ exp z), four nodes in which Naive Bayes ends, as a Softmax. The treatment of Softmax then applies, for
 * example how its gradient keeps its digits.
 */
export function withSoftmaxes(graph: Graph): Graph {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const producerOf = (node: GraphNode | undefined, index: number) => producers.get(node?.inputs[index] ?? '');
  const nodes = graph.nodes.map((node): GraphNode => {
    const difference = node.op === 'Exp' ? producerOf(node, 0) : undefined;
    if (difference?.op !== 'Sub') return node;
    let total = producerOf(difference, 1);
    while (total !== undefined && passing.includes(total.op)) total = producerOf(total, 0);
    const [scores = ''] = difference.inputs;
    const overClasses = total?.op === 'ReduceLogSumExp' && total.inputs[0] === scores && isLastAxis(total, graph);
    return overClasses ? { ...node, op: 'Softmax', inputs: [scores], attributes: { axis: int(-1) } } : node;
  });
  const outputs = graph.outputs.map(({ name }) => name);
  return { ...graph, nodes: liveNodes(nodes, outputs) };
}

/** Whether a reduction runs over axis 1 of rows of scores. */
function isLastAxis(node: GraphNode, { constants }: Graph): boolean {
  const axes = constants.get(node.inputs[1] ?? '');
  const [axis, ...others] = axes === undefined ? [] : numbersOf(axes);
  return (axis === 1 || axis === -1) && others.length === 0 && numberOf(node, 'noop_with_empty_axes', 0) === 0;
}
