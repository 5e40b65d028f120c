import type { Graph } from '../graph.js';

/** The graph, which has one input, for a fixed number of samples. */
export function withSamples(graph: Graph, samples: number): Graph {
  const [input, ...others] = graph.inputs;
  if (input === undefined) return graph;
  return { ...graph, inputs: [{ ...input, shape: [samples, ...input.shape.slice(1)] }, ...others] };
}
