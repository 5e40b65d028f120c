import type { Graph, GraphNode } from '../graph.js';
import { nameInFile } from '../names.js';

export interface LayerNames {
  readonly nameOf: (node: GraphNode) => string;
  /** What else users may call the node, as far as it means this one only. */
  readonly aliasesOf: (node: GraphNode) => string[];
}

/**
 * What users may call a graph's nodes: by name, by output, and as PyTorch has the module: the convolution of
 * `features.0.weight`, or `/features/features.0/Conv`, is `features.0` too.
 */
export function layerNames(graph: Graph): LayerNames {
  const taken = new Set(graph.nodes.map(({ name }) => name));
  const candidates = new Map(graph.nodes.map((node) => [node, otherNames(node, graph)]));
  const uses = new Map<string, number>();
  for (const others of candidates.values()) for (const name of others) uses.set(name, (uses.get(name) ?? 0) + 1);
  return {
    nameOf: ({ name }) => name,
    aliasesOf: (node) => [...(candidates.get(node) ?? [])].filter((name) => uses.get(name) === 1 && !taken.has(name)),
  };
}

function otherNames(node: GraphNode, graph: Graph): Set<string> {
  const output = nameInFile(node.outputs[0] ?? '');
  const constants = node.inputs.slice(1).filter((input) => graph.constants.has(input));
  const weight = constants.map(nameInFile).find((name) => name.endsWith('.weight'));
  const others = [output, moduleOf(node.name), weight?.slice(0, -'.weight'.length) ?? ''];
  return new Set(others.filter((name) => name !== ''));
}

/** `/layer1/layer1.0/conv1/Conv` → `layer1.0.conv1`: each part of a scope may repeat the one before it. */
function moduleOf(name: string): string {
  if (!name.startsWith('/')) return '';
  const parts: string[] = [];
  for (const part of name.split('/').slice(1, -1)) {
    if (part.startsWith(`${parts.at(-1) ?? ''}.`)) parts.pop();
    parts.push(part);
  }
  return parts.join('.');
}
