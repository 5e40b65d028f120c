import type { GraphNode } from '../graph.js';

/**
 * The values through which everything goes, in order: all that is computed of `from` and read by the last node is computed from
 * each of them. In a residual network these are the sums, and what comes before the first and after the last block.
 * @param nodes in topological order, those that are needed
 */
export function trunkOf(nodes: readonly GraphNode[], from: readonly string[]): string[] {
  const varying = new Set(from);
  const lastUse = new Map<string, number>();
  for (const [at, { inputs, outputs }] of nodes.entries()) {
    const live = inputs.filter((input) => varying.has(input));
    for (const input of live) lastUse.set(input, at);
    if (live.length > 0) for (const output of outputs) varying.add(output);
  }
  const trunk: string[] = [];
  let open = Math.max(-1, ...from.map((value) => lastUse.get(value) ?? -1));
  for (const [at, { outputs }] of nodes.entries()) {
    const [only, ...others] = outputs.filter((output) => varying.has(output) && lastUse.has(output));
    if (only !== undefined && others.length === 0 && open <= at) trunk.push(only);
    for (const output of outputs) open = Math.max(open, lastUse.get(output) ?? -1);
  }
  return trunk;
}
