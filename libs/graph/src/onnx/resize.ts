import { ints, intsOf, text, textOf, without } from '../attributes.js';
import { int64s, numbersOf } from '../constants.js';
import type { GraphNode } from '../graph.js';
import { axisOf } from '../shapes/shape-rule.js';
import type { ByShape } from './shape-values.js';

/** A Resize as tf2onnx writes it, in a form that ONNX Runtime computes in every batch and without warning. */
export function resize(node: GraphNode, known: ByShape): GraphNode[] {
  const constant = known.constantOf(node.inputs[2] ?? '');
  if (constant === undefined || (node.inputs[3] ?? '') !== '') return [node];
  const scales = numbersOf(constant);
  return [bySizes(withoutOldMode(node, scales), scales, known)];
}

/**
 * `tf_half_pixel_for_nn`, deprecated since operator set 13, looks ⌊(x + ½)/s⌋ up, as `half_pixel` does which rounds up: for whole scales no
 * (x + ½)/s is close to a whole number, and rounding cannot tell them apart.
 */
function withoutOldMode(node: GraphNode, scales: readonly number[]): GraphNode {
  const name = 'coordinate_transformation_mode';
  const old = textOf(node, name, '') === 'tf_half_pixel_for_nn' && textOf(node, 'nearest_mode', '') === 'floor';
  if (!old || !scales.every(Number.isInteger)) return node;
  return { ...node, attributes: { ...node.attributes, [name]: text('half_pixel'), nearest_mode: text('round_prefer_ceil') } };
}

/**
 * Sizes in the place of scales that float32 does not hold: 12 × 1.41666663 is 17 where ONNX Runtime computes, in float32, and 16 where it infers shapes, in
 * float64, and then it refuses what comes behind. tf2onnx writes 17/12 so. Positions stay the same, since the scale of the sizes is the same float32.
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
