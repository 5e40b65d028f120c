import { type Graph, inferShapes } from '@xaigrid/graph';

/**
 * The backward pass of a recurrent layer is its steps written out, some forty nodes each. ONNX Runtime's rewriting takes time by
 * the square of the nodes (an LSTM of 200 steps: 5.5 s of 7,425 nodes, 0.8 s without) and wins nothing here (125 ms a run, 124
 * without): such graphs are taken as they are.
 */
export const REWRITTEN_NODES = 2000;

/** Values of each unit and step: gates before and after their function, states and what is between. */
const VALUES = 16;

/** Bytes that the steps of recurrent layers hold of one sample when they are written out; 0 without such layers. */
export function recurrentBytes(graph: Graph): number {
  const layers = graph.nodes.filter(({ op }) => ['LSTM', 'GRU', 'RNN'].includes(op));
  if (layers.length === 0) return 0;
  const infos = inferShapes(graph);
  const bytes = layers.map(({ inputs }) => {
    const [steps = null] = infos.get(inputs[0] ?? '')?.shape ?? [];
    const [directions = null, , units = null] = infos.get(inputs[2] ?? '')?.shape ?? [];
    return 4 * VALUES * (steps ?? 1) * (directions ?? 1) * (units ?? 1);
  });
  return bytes.reduce((sum, own) => sum + own, 0);
}
