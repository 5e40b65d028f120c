import type { Graph } from '../graph.js';
import { recurrentOps } from '../recurrent-ops.js';

/**
 * The graph without explicit zero initial states of recurrent layers, which start with zeros by default. Exporters write zeros
 * for the exported batch, which would fix the batch size.
 */
export function withoutZeroStates(graph: Graph): Graph {
  const isZero = (name: string) => graph.constants.get(name)?.data.every((value) => Number(value) === 0) === true;
  const nodes = graph.nodes.map((node) => {
    if (!recurrentOps.has(node.op)) return node;
    return { ...node, inputs: node.inputs.map((name, index) => ((index === 5 || index === 6) && isZero(name) ? '' : name)) };
  });
  const used = new Set([...nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)]);
  return { ...graph, nodes, constants: new Map([...graph.constants].filter(([name]) => used.has(name))) };
}
