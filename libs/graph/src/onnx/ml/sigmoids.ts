import { numbersOf } from '../../constants.js';
import type { Graph, GraphNode } from '../../graph.js';
import { liveNodes } from '../../live-nodes.js';

/**
 * Writes 1/(1 + exp z), the sigmoids of SGDClassifier and of calibration in skl2onnx, as Sigmoid(−z). If exp z exceeds float32,
 * the gradient of the quotient is 0 · ∞, but that of a Sigmoid is 0.
 */
export function withSigmoids(graph: Graph): Graph {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const isOne = (value = '') => {
    const constant = graph.constants.get(value);
    return constant?.type === 'float' && constant.data.length === 1 && numbersOf(constant)[0] === 1;
  };
  const exponentOf = (denominator: string) => {
    const sum = producers.get(denominator);
    if (sum?.op !== 'Add') return undefined;
    const [a = '', b = ''] = sum.inputs;
    const power = isOne(a) ? producers.get(b) : isOne(b) ? producers.get(a) : undefined;
    return power?.op === 'Exp' ? power.inputs[0] : undefined;
  };
  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    const [a = '', b = ''] = node.inputs;
    const denominator = node.op === 'Reciprocal' ? a : node.op === 'Div' && isOne(a) ? b : undefined;
    const exponent = denominator === undefined ? undefined : exponentOf(denominator);
    if (exponent === undefined) return [node];
    const negative = `${node.outputs[0] ?? node.name}/Neg`;
    return [
      { name: `${node.name}/Neg`, op: 'Neg', inputs: [exponent], outputs: [negative], attributes: {} },
      { ...node, op: 'Sigmoid', inputs: [negative], attributes: {} },
    ];
  });
  const outputs = graph.outputs.map(({ name }) => name);
  return { ...graph, nodes: liveNodes(nodes, outputs) };
}
