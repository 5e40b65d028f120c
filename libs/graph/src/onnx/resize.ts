import { ints, intsOf, text, textOf, without } from '../attributes.js';
import { int64s, numbersOf } from '../constants.js';
import type { GraphNode } from '../graph.js';
import { axisOf } from '../shapes/shape-rule.js';
import type { ByShape } from './shape-values.js';

/** A Resize of tf2onnx in a form that ONNX Runtime computes in every batch and without warnings. */
export function resize(node: GraphNode, known: ByShape): GraphNode[] {
  const constant = known.constantOf(node.inputs[2] ?? '');
  if (constant === undefined || (node.inputs[3] ?? '') !== '') return [node];
  const scales = numbersOf(constant);
  return [bySizes(withoutOldMode(node, scales), scales, known)];
}

/**
 * Replaces `tf_half_pixel_for_nn`, deprecated since operator set 13, by `half_pixel`. The old mode looks up ⌊(x + ½)/s⌋, as
 * `half_pixel` does with rounding up. For whole scales, no (x + ½)/s is so close to a whole number that rounding could make a
 * difference.
 */
function withoutOldMode(node: GraphNode, scales: readonly number[]): GraphNode {
  const name = 'coordinate_transformation_mode';
  const old = textOf(node, name, '') === 'tf_half_pixel_for_nn' && textOf(node, 'nearest_mode', '') === 'floor';
  if (!old || !scales.every(Number.isInteger)) return node;
  return { ...node, attributes: { ...node.attributes, [name]: text('half_pixel'), nearest_mode: text('round_prefer_ceil') } };
}

/**
 * Replaces scales that float32 cannot represent by sizes. tf2onnx writes 17/12 as a scale: 12 × 1.41666663 is 17 when ONNX
 * Runtime computes, in float32, but 16 when it infers shapes, in float64; then it refuses the following nodes. Positions stay the
 * same, since the scale from the sizes is the same float32.
 */
function bySizes(node: GraphNode, scales: readonly number[], { addConstant, infoOf, constantOf }: ByShape): GraphNode {
  const [x = '', roi = ''] = node.inputs;
  const shape = infoOf(x)?.shape;
  if (shape === undefined || (roi !== '' && constantOf(roi)?.data.length !== 0)) return node;
  const named = intsOf(node, 'axes') ?? shape.map((_, axis) => axis);
  const scaled = scales.flatMap((scale, index) => {
    const axis = axisOf(named[index] ?? 0, shape.length);
    const from = shape[axis] ?? Number.NaN;
    return scale === 1 ? [] : [{ axis, from, scale, to: Math.floor(Math.fround(from * scale)) }];
  });
  const inexact = scaled.some(({ from, scale, to }) => Math.floor(from * scale) !== to);
  const same = scaled.every(({ from, scale, to }) => Math.fround(to / from) === scale);
  if (!inexact || !same) return node;
  const sizes = addConstant('sizes', int64s(scaled.map(({ to }) => to)));
  const attributes = { ...without(node.attributes, 'axes'), axes: ints(scaled.map(({ axis }) => axis)) };
  return { ...node, inputs: [x, '', '', sizes], attributes };
}
