import type { Graph, GraphNode, ValueInfo } from './graph.js';

/**
 * The name inside our graphs of a value that a user's file calls `name`. No name of ours begins and ends like this, so whatever
 * is added to a model's graph, or put around it, never meets one of its own names: `output`, `x` and `sum` are as good as any.
 */
export const apart = (name: string): string => (name === '' ? '' : `[${name}]`);

/** What the file calls a value; a value of ours keeps its name. */
export const nameInFile = (value: string): string => (value.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value);

/** The graph with all its values' names apart, and no two nodes of one name. */
export function withNamesApart(graph: Graph): Graph {
  const apartInfo = (info: ValueInfo): ValueInfo => ({ ...info, name: apart(info.name) });
  return {
    ...graph,
    inputs: graph.inputs.map(apartInfo),
    outputs: graph.outputs.map(apartInfo),
    nodes: withUniqueNames(graph.nodes).map((node) => {
      return { ...node, inputs: node.inputs.map(apart), outputs: node.outputs.map(apart) };
    }),
    constants: new Map([...graph.constants].map(([name, constant]) => [apart(name), constant])),
  };
}

/**
 * The nodes, no two of one name, which ONNX Runtime refuses: nodes but the first go by their output's name, which is how users
 * know them too.
 */
export function withUniqueNames(nodes: readonly GraphNode[]): GraphNode[] {
  const taken = new Set<string>();
  return nodes.map((node) => {
    const base = taken.has(node.name) ? (node.outputs[0] ?? node.name) : node.name;
    let name = base;
    for (let count = 1; taken.has(name); count++) name = `${base}:${String(count)}`;
    taken.add(name);
    return { ...node, name };
  });
}
