import { int64s } from '../constants.js';
import type { Graph, GraphNode } from '../graph.js';

/** The value that holds the one sample as often as the file's batch is large. */
const REPEATED = 'sample, repeated';

/**
 * A graph that takes one sample at a time, for files that cannot take any other batch than the one they were exported with, or in which the
 * samples of a batch meet. A file of a larger fixed batch gets the sample as often as it wants samples, and its first answer counts: a
 * sample then keeps company only with itself.
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

/** The value that carries the samples into a file of a larger fixed batch. */
export function repeatedInput(graph: Graph): string | undefined {
  return graph.nodes.some(({ name, outputs }) => name === REPEATED && outputs[0] === REPEATED) ? REPEATED : undefined;
}
