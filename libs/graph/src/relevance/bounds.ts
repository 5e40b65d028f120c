import type { GraphBuilder } from '../builder.js';
import { constantOf, int64s } from '../constants.js';
import { liveNodes } from '../live-nodes.js';

/** The smallest and the largest number that a sample can have: one for all, or one per channel. */
export type Bounds = readonly [low: readonly number[], high: readonly number[]];

/**
 * The bounds of `value`, in its shape, for the bounds of `input`. The nodes between them, which scale the sample or change its
 * layout, are computed for both.
 * @param places.input `[n, channels, ...positions]`
 */
export function boundsAt(
  builder: GraphBuilder,
  { input, value }: { readonly input: string; readonly value: string },
  [low, high]: Bounds,
): readonly [low: string, high: string] {
  const nodes = liveNodes(builder.nodes, [value]);
  const at = (numbers: readonly number[]): string => {
    const { type, shape } = builder.info(input);
    const perChannel = constantOf(
      type,
      shape.map((_, axis) => (axis === 1 ? numbers.length : 1)),
      numbers,
    );
    const extents = builder.constant(int64s(shape.map((extent) => extent ?? 1)), 'shape');
    const values = new Map([[input, builder.node('Expand', [builder.constant(perChannel, 'bound'), extents])]]);
    for (const node of nodes) {
      if (!node.inputs.some((name) => values.has(name))) continue;
      const inputs = node.inputs.map((name) => values.get(name) ?? name);
      const outputs = builder.node(node.op, inputs, node.attributes, node.outputs.length);
      node.outputs.forEach((name, index) => values.set(name, outputs[index] ?? ''));
    }
    return values.get(value) ?? value;
  };
  const ends = [at(low), at(high)];
  // A negative factor on the way turns them round.
  return [builder.node('Min', ends), builder.node('Max', ends)];
}
