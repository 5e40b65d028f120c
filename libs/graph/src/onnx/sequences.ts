import { numberOf } from '../attributes.js';
import { int64s, numbersOf } from '../constants.js';
import type { Constant, Graph, GraphNode } from '../graph.js';

/**
 * The graph with slices in place of sequences of parts: PyTorch's exporter writes `split` with `optimize=False` as a sequence
 * whose elements are taken out by number. Sequences with other uses stay and are refused like unknown operators.
 */
export function withoutSequences(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const splits = new Map(
    graph.nodes.flatMap((node) => {
      const parts = node.op === 'SplitToSequence' ? partsOf(node, graph.constants) : undefined;
      return parts === undefined ? [] : [[node.outputs[0] ?? '', { node, parts }] as const];
    }),
  );
  if (splits.size === 0) return graph;
  const nodes = graph.nodes.map((node) => {
    const split = node.op === 'SequenceAt' ? splits.get(node.inputs[0] ?? '') : undefined;
    const index = constants.get(node.inputs[1] ?? '');
    const part = split === undefined || index === undefined ? undefined : split.parts(Number(index.data[0]));
    if (split === undefined || part === undefined) return node;
    const bounds = Object.entries({ start: part.start, end: part.end, axis: numberOf(split.node, 'axis', 0) });
    const names = bounds.map(([what, value]) => {
      const name = `${node.outputs[0] ?? ''}/${what}`;
      constants.set(name, int64s([value]));
      return name;
    });
    return { ...node, op: 'Slice', inputs: [split.node.inputs[0] ?? '', ...names], attributes: {} };
  });
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    ...graph,
    constants,
    nodes: nodes.filter(({ op, outputs }) => op !== 'SplitToSequence' || read.has(outputs[0] ?? '')),
  };
}

interface Part {
  readonly start: number;
  readonly end: number;
}

/**
 * A function from a part's index to its range: of equal parts, or of given sizes. Undefined if that needs the unknown extent of
 * the split value.
 */
function partsOf(node: GraphNode, constants: ReadonlyMap<string, Constant>): ((index: number) => Part | undefined) | undefined {
  const split = constants.get(node.inputs[1] ?? '');
  if (split === undefined) return undefined;
  const sizes = numbersOf(split);
  const [size = 0] = sizes;
  if (split.shape.length === 0) return (index) => (index < 0 ? undefined : { start: index * size, end: (index + 1) * size });
  const starts = sizes.map((_, at) => sizes.slice(0, at).reduce((sum, own) => sum + own, 0));
  return (index) => {
    const at = index < 0 ? index + sizes.length : index;
    const start = starts[at];
    return start === undefined ? undefined : { start, end: start + (sizes[at] ?? 0) };
  };
}
