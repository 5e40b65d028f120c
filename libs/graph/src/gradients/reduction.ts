import { numberOf } from '../attributes.js';
import { int64s } from '../constants.js';
import { reducedAxes } from '../shapes/reduction.js';
import {
  knownValues,
  refuse,
  scalarLike,
  sumOver,
  zeroWhereZero,
  type GradientRule,
  type GradientScope,
} from './gradient-rule.js';

/** The axes of a reduction, counted from 0. */
export function axesOfReduction(scope: GradientScope): number[] {
  const axes = reducedAxes({
    node: scope.node,
    input: scope.inputInfo,
    has: (index) => (scope.node.inputs[index] ?? '') !== '',
    values: (index) => knownValues(scope, index),
  });
  return axes ?? refuse(scope, 'its axes are computed');
}

/** A value of the output's shape, with the reduced axes restored with extent 1. */
function withAxes(scope: GradientScope, value: string, axes: readonly number[]): string {
  if (numberOf(scope.node, 'keepdims', 1) === 1) return value;
  return scope.builder.node('Unsqueeze', [value, scope.builder.constant(int64s(axes), 'axes')]);
}

function repeated(scope: GradientScope, value: string, axes: readonly number[]): string {
  const target = scope.inputInfo(0).shape.map((extent, axis) => {
    if (!axes.includes(axis)) return 1;
    return extent ?? refuse(scope, 'it reduces over the batch');
  });
  return scope.builder.node('Expand', [value, scope.builder.constant(int64s(target), 'shape')]);
}

const reduceSum: GradientRule = (scope) => {
  const axes = axesOfReduction(scope);
  return [repeated(scope, withAxes(scope, scope.gradient, axes), axes)];
};

const reduceMean: GradientRule = (scope) => {
  const { builder } = scope;
  const { type, shape } = scope.inputInfo(0);
  const axes = axesOfReduction(scope);
  const count = axes.reduce((product, axis) => product * (shape[axis] ?? refuse(scope, 'it reduces over the batch')), 1);
  return [repeated(scope, builder.node('Mul', [withAxes(scope, scope.gradient, axes), builder.scalar(1 / count, type)]), axes)];
};

/** Equal maxima (or minima) share the gradient evenly, as in TensorFlow's reduce_max and PyTorch's amax. */
const reduceExtreme: GradientRule = (scope) => {
  const { builder } = scope;
  const { type } = scope.inputInfo(0);
  const axes = axesOfReduction(scope);
  const equal = builder.node('Equal', [scope.input(0), withAxes(scope, scope.output(), axes)]);
  const zero = builder.scalar(0, type);
  const winners = builder.node('Where', [equal, builder.scalar(1, type), zero]);
  const share = builder.node('Div', [withAxes(scope, scope.gradient, axes), sumOver(scope, winners, axes, true)]);
  return [builder.node('Where', [equal, share, zero])];
};

/** The rule of a reduction whose gradient at each value is `slope` times that of the reduced value. */
const sloped =
  (slope: (scope: GradientScope, reduced: string) => string): GradientRule =>
  (scope) => {
    const axes = axesOfReduction(scope);
    const gradient = withAxes(scope, scope.gradient, axes);
    return [scope.builder.node('Mul', [gradient, slope(scope, withAxes(scope, scope.output(), axes))])];
  };

const reduceSumSquare = sloped((scope) => scope.builder.node('Mul', [scope.input(0), scalarLike(scope, 2)]));
const reduceL1 = sloped((scope) => scope.builder.node('Sign', [scope.input(0)]));
/** A vector of length 0 has no direction. Its gradient is 0, as for PyTorch's norms. */
const reduceL2 = sloped((scope, length) => zeroWhereZero(scope, length, scope.builder.node('Div', [scope.input(0), length])));
const reduceLogSumExp = sloped((scope, total) => scope.builder.node('Exp', [scope.builder.node('Sub', [scope.input(0), total])]));

export const reductionGradients: Readonly<Record<string, GradientRule>> = {
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  ReduceMax: reduceExtreme,
  ReduceMin: reduceExtreme,
  ReduceSumSquare: reduceSumSquare,
  ReduceL1: reduceL1,
  ReduceL2: reduceL2,
  ReduceLogSumExp: reduceLogSumExp,
};
