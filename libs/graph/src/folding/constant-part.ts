import { countOf, type TypeAndShape } from '../shapes/shape-rule.js';
import type { Constant, Graph, GraphNode } from '../graph.js';

/** A part of a graph that reads only constants, and the values of it that are wanted. */
export interface ConstantPart {
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly wanted: readonly string[];
}

/**
 * Computes the wanted values of a constant part. The engine passes in a function that uses ONNX Runtime. Values whose element
 * types graphs here do not have are left out.
 */
export type EvaluateConstants = (part: ConstantPart) => Promise<ReadonlyMap<string, Constant>>;

/**
 * Operators that are not computed in advance: quantised weights and the nodes that unpack them. ONNX Runtime recognises both
 * together and then computes in whole numbers.
 */
const left = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear']);

/** Operators whose output may be much larger than their inputs. */
const expanding = new Set('ConstantOfShape Expand Tile Range Pad Resize OneHot Trilu EyeLike Upsample'.split(' '));

/** Results with more values are computed when they are needed, and not kept. */
const LARGEST = 2 ** 26;

/** A graph, with the inferred types and shapes of each node's outputs. */
export interface InferredGraph {
  readonly graph: Graph;
  readonly infer: (node: GraphNode) => readonly TypeAndShape[] | undefined;
}

/**
 * The part of a graph that can be computed before a run, except the values in `except`. Undefined if there is none. Outputs of
 * the graph stay nodes.
 */
export function constantPart({ graph, infer }: InferredGraph, except: ReadonlySet<string>): ConstantPart | undefined {
  const stays = new Set([...graph.outputs.map(({ name }) => name), ...except]);
  const fixed = new Set(['', ...graph.constants.keys()]);
  const nodes = graph.nodes.filter((node) => {
    const computable =
      !left.has(node.op) &&
      node.inputs.every((input) => fixed.has(input)) &&
      !node.outputs.some((output) => stays.has(output)) &&
      isSmall(node, infer(node));
    if (computable) for (const output of node.outputs) fixed.add(output);
    return computable;
  });
  if (nodes.length === 0) return undefined;
  const inside = new Set(nodes);
  const others = graph.nodes.filter((node) => !inside.has(node));
  const read = new Set(others.flatMap(({ inputs }) => inputs));
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    nodes,
    constants: new Map([...graph.constants].filter(([name]) => used.has(name))),
    wanted: nodes.flatMap(({ outputs }) => outputs.filter((output) => output !== '' && read.has(output))),
  };
}

/** Whether a node's outputs are small enough to keep. A node whose size is still to be computed waits for that. */
function isSmall({ op }: GraphNode, found: readonly TypeAndShape[] | undefined): boolean {
  if (found === undefined) return !expanding.has(op);
  return found.every(({ shape }) => (countOf(shape) ?? Infinity) <= LARGEST);
}
