import type { Graph, GraphNode, ValueInfo } from './graph.js';

/**
 * The name in our graphs of a value that a user's file calls `name`. None of our own names begins and ends like this. So names
 * that are added to or around a model's graph never collide with names of the file: `output`, `x` and `sum` are free.
 */
export const apart = (name: string): string => (name === '' ? '' : `[${name}]`);

/** The file's name of a value. One of our own values keeps its name. */
export const nameInFile = (value: string): string => (value.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value);

/** The graph with all its values renamed by `apart`, and with distinct names of nodes. */
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
 * The nodes with distinct names, which ONNX Runtime requires. Nodes after the first of a name are named by their outputs, which
 * users know too.
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
