import { countOf, type TypeAndShape } from '../shapes/shape-rule.js';
import type { Constant, Graph, GraphNode } from '../graph.js';

/** A part of a graph that reads nothing but constants, and the values of it that are asked for. */
export interface ConstantPart {
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly wanted: readonly string[];
}

/**
 * Computes the values that a constant part is asked for. The engine's ONNX Runtime does it: the operators are its own.
 * Values of element types that graphs here do not have are left out.
 */
export type EvaluateConstants = (part: ConstantPart) => Promise<ReadonlyMap<string, Constant>>;

/**
 * Quantised weights stay, and so does what unpacks them: ONNX Runtime looks for both together to compute in whole numbers.
 */
const left = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear']);

/** Their output may be of any size, whatever the size of their inputs. */
const expanding = new Set('ConstantOfShape Expand Tile Range Pad Resize OneHot Trilu EyeLike Upsample'.split(' '));

/** More values than that are computed when they are needed, not kept. */
const LARGEST = 2 ** 26;

/** A graph, and what is inferred of each node's outputs. */
export interface InferredGraph {
  readonly graph: Graph;
  readonly infer: (node: GraphNode) => readonly TypeAndShape[] | undefined;
}

/**
 * What of a graph can be computed before a run, but the values of `except`; undefined where there is nothing. What the graph
 * gives out stays a node.
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

/** Whether a node's outputs are of a size that can be kept. One whose size is still to be computed waits for that. */
function isSmall({ op }: GraphNode, found: readonly TypeAndShape[] | undefined): boolean {
  if (found === undefined) return !expanding.has(op);
  return found.every(({ shape }) => (countOf(shape) ?? Infinity) <= LARGEST);
}
