import type { GraphBuilder } from './builder.js';
import type { Constant, GraphNode } from './graph.js';
import { affineOf, canonicalNodes } from './relevance/linear-layers.js';

/** A constant that is added to computed values. */
export interface Bias {
  /** The name of the node that adds it. */
  readonly node: string;
  /** The value to which it was added. */
  readonly value: string;
  /** It repeats to the shape of the value. */
  readonly bias: Constant;
  /** Whether the value is `[n, channels, ...positions]`: that of a convolution or a batch normalization. */
  readonly positions: boolean;
}

/** Operators whose values have their channels in the second axis. */
const overPositions: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'BatchNormalization']);

/**
 * Every bias between `input` and `value`: of linear layers, together with the batch normalization and the constants directly behind
 * them; of other batch normalizations, β − mean·γ/√(σ² + ε); and other constants that are added.
 */
export function biasesOf(builder: GraphBuilder, { input, value }: { readonly input: string; readonly value: string }): Bias[] {
  const { nodes, layers } = canonicalNodes(builder, { input, value });
  const varying = new Set([input]);
  return nodes.flatMap((node) => {
    const [x] = node.inputs.filter((name) => varying.has(name));
    for (const output of node.outputs) varying.add(output);
    const layer = layers.get(node);
    const bias = layer === undefined ? shiftOf(builder, node, x) : layer.bias;
    const [output = ''] = node.outputs;
    if (bias === undefined) return [];
    return [
      { node: node.name, value: output, bias, positions: overPositions.has(node.op) && builder.info(output).shape.length > 2 },
    ];
  });
}

function shiftOf(builder: GraphBuilder, node: GraphNode, x: string | undefined): Constant | undefined {
  return x === undefined ? undefined : affineOf(builder, node, x)?.shift;
}
