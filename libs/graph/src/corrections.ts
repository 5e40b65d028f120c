import { numbersOf } from './constants.js';
import type { Graph, GraphNode } from './graph.js';
import { inferShapes } from './shapes/infer.js';

/**
 * Names of what earlier versions computed wrongly, or by another convention, in a graph like this one: see `Model.corrections`.
 * `resize`: sizes and positions of a Resize by no whole number, in float64. `extremes`: of equal values of Max and Min the first
 * had the whole gradient. (Where the samples of a batch meet, `company` comes to these.)
 */
export function graphCorrections(graph: Graph): string[] {
  const found = [
    graph.nodes.some((node) => node.op === 'Resize' && !isByWholeNumbers(node, graph)) ? ['resize'] : [],
    graph.nodes.some(({ op, inputs }) => (op === 'Max' || op === 'Min') && inputs.length > 1) ? ['extremes'] : [],
  ];
  return found.flat();
}

function isByWholeNumbers({ inputs, outputs }: GraphNode, graph: Graph): boolean {
  const scales = graph.constants.get(inputs[2] ?? '');
  if (scales !== undefined && scales.data.length > 0) return numbersOf(scales).every(Number.isInteger);
  const infos = inferShapes(graph);
  const [from = [], to = []] = [inputs[0], outputs[0]].map((name) => infos.get(name ?? '')?.shape);
  return from.every((extent, axis) => extent === null || (to[axis] ?? NaN) % extent === 0);
}
