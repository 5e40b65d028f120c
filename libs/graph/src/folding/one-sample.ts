import { int64s } from '../constants.js';
import type { Graph, GraphNode } from '../graph.js';

/** The value that holds the one sample repeated to the file's batch size. */
const REPEATED = 'sample, repeated';

/**
 * A graph that takes one sample at a time. It is for files that cannot take another batch than the exported one, or in which the
 * samples of a batch depend on each other. A file with a larger fixed batch gets the sample repeated, and its first answer
 * counts. So a sample is computed only together with itself.
 */
export function withOneSample(graph: Graph): Graph {
  const [input, ...others] = graph.inputs;
  if (input === undefined || others.length > 0) return graph;
  const [batch, ...shape] = input.shape;
  const inputs = [{ ...input, shape: [1, ...shape] }];
  if (typeof batch !== 'number' || batch === 1) return { ...graph, inputs };
  const repeat: GraphNode = {
    name: REPEATED,
    op: 'Tile',
    inputs: [input.name, `${REPEATED}/times`],
    outputs: [REPEATED],
    attributes: {},
  };
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => (name === input.name ? REPEATED : name)),
  }));
  const times = int64s([batch, ...shape.map(() => 1)]);
  return { ...graph, inputs, nodes: [repeat, ...nodes], constants: new Map([...graph.constants, [`${REPEATED}/times`, times]]) };
}

/** The value that carries the repeated sample into a file with a larger fixed batch. Undefined if there is none. */
export function repeatedInput(graph: Graph): string | undefined {
  return graph.nodes.some(({ name, outputs }) => name === REPEATED && outputs[0] === REPEATED) ? REPEATED : undefined;
}
