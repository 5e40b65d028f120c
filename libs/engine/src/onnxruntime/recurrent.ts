import { type Graph, inferShapes } from '@xaigrid/graph';

/**
 * Graphs with more nodes are not rewritten. The backward pass of a recurrent layer is unrolled, some forty nodes per step. The
 * time that ONNX Runtime takes to rewrite a graph grows with the square of its nodes (an LSTM of 200 steps, 7,425 nodes: 5.5 s,
 * and 0.8 s without rewriting) and gains nothing here (125 ms per run, and 124 ms without).
 */
export const REWRITTEN_NODES = 2000;

/** The number of values per unit and step: gates before and after their function, states, and intermediate values. */
const VALUES = 16;

/** The bytes of one sample in the unrolled steps of recurrent layers. 0 without such layers. */
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
