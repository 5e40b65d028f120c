import { XaigridError } from '@xaigrid/contracts';
import { ints, intsOf } from '../attributes.js';
import type { GraphNode } from '../graph.js';

/**
 * A ConvTranspose without negative pads, which ONNX Runtime refuses. tf2onnx writes them if the output extends beyond the reach
 * of the kernel. Negative pads at the end become `output_padding`.
 * @throws MODEL_UNSUPPORTED for negative pads in front. tf2onnx splits the missing positions into both ends, but TensorFlow has
 * all of them at the end: such a file is not the model that it was made from.
 */
export function transposedConvolution(node: GraphNode): GraphNode {
  const pads = intsOf(node, 'pads') ?? [];
  if (pads.every((pad) => pad >= 0)) return node;
  const rank = pads.length / 2;
  const [begins, ends] = [pads.slice(0, rank), pads.slice(rank)];
  if (begins.some((pad) => pad < 0))
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Node "${node.name}" (ConvTranspose) has pads below 0 in front (${pads.join(', ')}), which is not supported.`,
    );
  const given = intsOf(node, 'output_padding');
  const added = ends.map((pad, axis) => (given?.[axis] ?? 0) + Math.max(-pad, 0));
  const kept = ends.map((pad) => Math.max(pad, 0));
  return { ...node, attributes: { ...node.attributes, pads: ints([...begins, ...kept]), output_padding: ints(added) } };
}
