import type { Graph } from '../graph.js';

/** A graph of one input for so many samples. */
export function withSamples(graph: Graph, samples: number): Graph {
  const [input, ...others] = graph.inputs;
  if (input === undefined) return graph;
  return { ...graph, inputs: [{ ...input, shape: [samples, ...input.shape.slice(1)] }, ...others] };
}
