import type { Graph } from '../graph.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';

/** What is done to attention before it is multiplied by the values. */
const keeping = new Set(['Softmax', 'Mul', 'Div', 'Add', 'Where', 'Cast', 'Identity', 'Dropout', 'Clip']);

/**
 * The values of attention: products of two values that both depend on the input, `[n, heads, tokens, tokens]` or `[n, heads,
 * tokens, features]`, scaled, masked or normalised. They look like feature maps, but none of their axes is one of positions. A
 * product without a sum, of rows and columns, may be a gate over positions and is not among them.
 */
export function attentionValues(
  graph: Graph,
  { varying, infos }: { readonly varying: ReadonlySet<string>; readonly infos: ReadonlyMap<string, TypeAndShape> },
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { op, inputs, outputs } of graph.nodes) {
    const live = inputs.filter((input) => varying.has(input));
    const product = op === 'MatMul' && live.length === 2 && infos.get(inputs[0] ?? '')?.shape.at(-1) !== 1;
    const kept = keeping.has(op) && live.length > 0 && live.every((input) => found.has(input));
    if (product || kept) for (const output of outputs) found.add(output);
  }
  return found;
}
