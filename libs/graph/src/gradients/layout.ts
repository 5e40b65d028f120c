import { int, ints, intsOf, numberOf, textOf } from '../attributes.js';
import { int64s, numbersOf } from '../constants.js';
import { dataTypes } from '../onnx/data-types.js';
import { axisOf } from '../shapes/shape-rule.js';
import { refuse, reshapeLike, zerosLike, type GradientRule } from './gradient-rule.js';

const unchanged: GradientRule = ({ gradient }) => [gradient];
const reshaped: GradientRule = (scope) => [reshapeLike(scope, 0, scope.gradient)];

const cast: GradientRule = ({ builder, gradient, inputInfo }) => [
  builder.node('Cast', [gradient], { to: int(dataTypes[inputInfo(0).type]) }),
];

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

/** Padding with the padding's negative cuts it off again. */
const pad: GradientRule = (scope) => {
  const { builder, node } = scope;
  const pads = scope.constant(1);
  if (pads === undefined || textOf(node, 'mode', 'constant') !== 'constant')
    return refuse(scope, 'its padding is computed or not constant');
  const axes = (node.inputs[3] ?? '') === '' ? [] : ['', scope.input(3)];
  const negative = builder.constant(int64s(numbersOf(pads).map((extent) => -extent)), 'pads');
  return [builder.node('Pad', [scope.gradient, negative, ...axes])];
};

/** Zeros around what was cut out. */
const slice: GradientRule = (scope) => {
  const { builder, node } = scope;
  const given = [1, 2, 3, 4].map((index) => {
    if ((node.inputs[index] ?? '') === '') return undefined;
    const constant = scope.constant(index);
    return constant === undefined ? refuse(scope, 'its bounds are computed') : numbersOf(constant);
  });
  const [starts = [], ends = [], named, steps = []] = given;
  const axes = named ?? starts.map((_, axis) => axis);
  if (steps.some((step) => step !== 1)) return refuse(scope, 'it has steps');
  const { shape } = scope.inputInfo(0);
  const before = shape.map(() => 0);
  const after = shape.map(() => 0);
  axes.forEach((name, index) => {
    const axis = axisOf(name, shape.length);
    const extent = shape[axis] ?? refuse(scope, 'the size of its input is not known');
    const bound = (at: number) => Math.min(Math.max(at < 0 ? at + extent : at, 0), extent);
    before[axis] = bound(starts[index] ?? 0);
    after[axis] = extent - Math.max(bound(ends[index] ?? 0), before[axis]);
  });
  return [builder.node('Pad', [scope.gradient, builder.constant(int64s([...before, ...after]), 'pads')])];
};

const split: GradientRule = (scope) => {
  const { builder, node } = scope;
  const axis = axisOf(numberOf(node, 'axis', 0), scope.inputInfo(0).shape.length);
  const parts = node.outputs.map(
    (_, index) => scope.gradientOf(index) ?? zerosLike(builder, scope.output(index), builder.info(scope.output(index))),
  );
  return [builder.node('Concat', parts, { axis: int(axis) })];
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
  Pad: pad,
  Slice: slice,
  Split: split,
};
