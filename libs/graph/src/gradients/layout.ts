import { int, ints, intsOf, numberOf } from '../attributes.js';
import { int64s } from '../constants.js';
import { dataTypes } from '../onnx/data-types.js';
import { axisOf, type TypeAndShape } from '../shapes/shape-rule.js';
import { refuse, reshapeLike, unbroadcast, type GradientRule } from './gradient-rule.js';

const unchanged: GradientRule = ({ gradient }) => [gradient];
const reshaped: GradientRule = (scope) => [reshapeLike(scope, 0, scope.gradient)];

const isFloating = ({ type }: TypeAndShape) => type === 'float' || type === 'double' || type === 'float16';

/** No gradient passes through integers and booleans. */
const cast: GradientRule = ({ builder, gradient, inputInfo, outputInfo }) => {
  if (!isFloating(inputInfo(0)) || !isFloating(outputInfo())) return [];
  return [builder.node('Cast', [gradient], { to: int(dataTypes[inputInfo(0).type]) })];
};

/** Expand repeats values, so its gradient sums the repetitions. */
const expand: GradientRule = (scope) => [unbroadcast(scope, 0, scope.gradient)];

/** A value contributes to all later sums, so the gradient is the running sum from the other end. */
const cumSum: GradientRule = (scope) => {
  const { builder, node, gradient } = scope;
  const reverse = int(1 - numberOf(node, 'reverse', 0));
  return [builder.node('CumSum', [gradient, scope.input(1)], { ...node.attributes, reverse })];
};

const transpose: GradientRule = (scope) => {
  const rank = scope.inputInfo(0).shape.length;
  const forward = intsOf(scope.node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  return [scope.builder.node('Transpose', [scope.gradient], { perm: ints(forward.map((_, axis) => forward.indexOf(axis))) })];
};

/** Each input gets its part of the gradient back. */
const concat: GradientRule = (scope) => {
  const { builder, node, gradient } = scope;
  const axis = axisOf(numberOf(node, 'axis', 0), scope.inputInfo(0).shape.length);
  let start = 0;
  return node.inputs.map((_, index) => {
    const extent = scope.inputInfo(index).shape[axis] ?? refuse(scope, 'the size of its inputs is not known');
    const bounds = [[start], [start + extent], [axis]].map((values) => builder.constant(int64s(values), 'bounds'));
    start += extent;
    return scope.needs(index) ? builder.node('Slice', [gradient, ...bounds]) : undefined;
  });
};

/** The gradients of the parts side by side. If a part is not used, zeros take its place. */
const split: GradientRule = (scope) => {
  const { builder, node } = scope;
  const { shape } = scope.inputInfo(0);
  const axis = axisOf(numberOf(node, 'axis', 0), shape.length);
  const parts = node.outputs.map((_, index) => scope.gradientOf(index));
  const used = parts.filter((part) => part !== undefined);
  if (used.length === parts.length) return [builder.node('Concat', used, { axis: int(axis) })];
  const extent = shape[axis] ?? refuse(scope, 'the size of its input is not known');
  let start = 0;
  const padded = parts.flatMap((part, index) => {
    const own = scope.outputInfo(index).shape[axis] ?? refuse(scope, 'the size of its input is not known');
    const pads = new Array<number>(2 * shape.length).fill(0).with(axis, start);
    pads[shape.length + axis] = extent - start - own;
    start += own;
    return part === undefined ? [] : [builder.node('Pad', [part, builder.constant(int64s(pads), 'pads')])];
  });
  return [padded.length === 1 ? (padded[0] ?? '') : builder.node('Sum', padded)];
};

export const layoutGradients: Readonly<Record<string, GradientRule>> = {
  Identity: unchanged,
  Dropout: unchanged,
  Cast: cast,
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: transpose,
  Concat: concat,
  Expand: expand,
  CumSum: cumSum,
  Split: split,
};
