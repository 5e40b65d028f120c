import type { Graph, GraphNode } from '../graph.js';
import { nameInFile } from '../names.js';

export interface LayerNames {
  readonly nameOf: (node: GraphNode) => string;
  /** Other names by which users may call the node, if they mean no other node. */
  readonly aliasesOf: (node: GraphNode) => string[];
  /** Those of them that are names of modules, the outermost first. */
  readonly modulesOf: (node: GraphNode) => string[];
}

/**
 * The names by which users may call a graph's nodes: the node's name, its output, and PyTorch's module whose output it is.
 * `layer1.0` is the node with the output of that block, not one of the nodes inside. If the file has no modules, `features.0` is
 * the convolution with the weight `features.0.weight`.
 */
export function layerNames(graph: Graph): LayerNames {
  const taken = new Set(graph.nodes.map(({ name }) => name));
  const exits = exitsOfModules(graph);
  const others = new Map(graph.nodes.map((node) => [node, otherNames(node, graph)]));
  const uses = new Map<string, number>();
  for (const names of others.values()) for (const name of names) uses.set(name, (uses.get(name) ?? 0) + 1);
  const aliases = new Map(
    [...others].map(([node, names]) => [node, new Set([...names].filter((name) => uses.get(name) === 1 && !exits.has(name)))]),
  );
  for (const [module, node] of exits) if (node !== undefined) aliases.get(node)?.add(module);
  const aliasesOf = (node: GraphNode) => [...(aliases.get(node) ?? [])].filter((name) => !taken.has(name));
  return {
    nameOf: ({ name }) => name,
    aliasesOf,
    modulesOf: (node) =>
      aliasesOf(node)
        .filter((name) => name !== nameInFile(node.outputs[0] ?? ''))
        .toSorted((a, b) => a.split('.').length - b.split('.').length),
  };
}

function otherNames(node: GraphNode, graph: Graph): Set<string> {
  const output = nameInFile(node.outputs[0] ?? '');
  const constants = node.inputs.slice(1).filter((input) => graph.constants.has(input));
  const weight = constants.map(nameInFile).find((name) => name.endsWith('.weight'));
  const others = [output, weight?.slice(0, -'.weight'.length) ?? ''];
  return new Set(others.filter((name) => name !== ''));
}

/** For each module, the node that makes its output: the only node inside that is read outside. Undefined if there are several. */
function exitsOfModules(graph: Graph): ReadonlyMap<string, GraphNode | undefined> {
  const readers = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  const modules = modulesOfNodes(graph, readers);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const exits = new Map<string, GraphNode | undefined>();
  for (const node of graph.nodes) {
    for (const module of modules.get(node) ?? []) {
      const leaves = (value: string) =>
        outputs.has(value) || (readers.get(value) ?? []).some((reader) => modules.get(reader)?.has(module) !== true);
      if (node.outputs.some(leaves)) exits.set(module, exits.has(module) ? undefined : node);
    }
  }
  return exits;
}

/**
 * The modules that each node is in. PyTorch's exporter does not say it of nodes that it adds itself, such as the Split of `chunk`: these
 * are in the modules that all readers of their outputs are in.
 */
function modulesOfNodes(
  graph: Graph,
  readers: ReadonlyMap<string, readonly GraphNode[]>,
): ReadonlyMap<GraphNode, ReadonlySet<string>> {
  const written = graph.nodes.some((node) => node.modules !== undefined);
  const modules = new Map<GraphNode, ReadonlySet<string>>();
  for (const node of graph.nodes.toReversed()) {
    const [first, ...others] = node.outputs.flatMap((output) => readers.get(output) ?? []).map((reader) => modules.get(reader));
    const added = written && node.modules === undefined;
    const common = [...(first ?? [])].filter((module) => others.every((other) => other?.has(module) === true));
    modules.set(node, new Set(added ? common : (node.modules ?? modulesOf(node.name))));
  }
  return modules;
}

/** `/layer1/layer1.0/conv1/Conv` → `layer1`, `layer1.0`, `layer1.0.conv1`. Each part of a scope may repeat the part before it. */
function modulesOf(name: string): string[] {
  if (!name.startsWith('/')) return [];
  const modules: string[] = [];
  const parts: string[] = [];
  for (const part of name.split('/').slice(1, -1)) {
    if (part.startsWith(`${parts.at(-1) ?? ''}.`)) parts.pop();
    parts.push(part);
    modules.push(parts.join('.'));
  }
  return modules;
}
