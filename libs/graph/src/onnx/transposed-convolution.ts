import { XaigridError } from '@xaigrid/contracts';
import { ints, intsOf } from '../attributes.js';
import type { GraphNode } from '../graph.js';

/**
 * A ConvTranspose without pads below 0, which tf2onnx writes where more is given out than the kernel reaches, and ONNX Runtime refuses: at the end they
 * are an `output_padding`.
 * @throws MODEL_UNSUPPORTED for pads below 0 in front. tf2onnx halves what is missing into them, TensorFlow has all of it at the end: such a file
 * is not the model that it was made of.
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
