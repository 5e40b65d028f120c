import { float, int, ints, numberOf } from '../attributes.js';
import { int64s } from '../constants.js';
import { broadcast } from '../shapes/shape-rule.js';
import { reshapeLike, sumOver, unbroadcast, type GradientRule, type GradientScope } from './gradient-rule.js';

/** Y = α·A′B′ + β·C, where ′ transposes when `transA`, `transB` say so. */
const gemm: GradientRule = (scope) => {
  const { node, builder, gradient } = scope;
  const transA = numberOf(node, 'transA', 0);
  const transB = numberOf(node, 'transB', 0);
  const alpha = float(numberOf(node, 'alpha', 1));
  const product = (a: string, b: string, flipA: number, flipB: number) =>
    builder.node('Gemm', [a, b], { transA: int(flipA), transB: int(flipB), alpha });
  const ofA = () =>
    transA === 0 ? product(gradient, scope.input(1), 0, 1 - transB) : product(scope.input(1), gradient, transB, 1);
  const ofB = () =>
    transB === 0 ? product(scope.input(0), gradient, 1 - transA, 0) : product(gradient, scope.input(0), 1, transA);
  const ofC = () => {
    const beta = numberOf(node, 'beta', 1);
    const scaled = beta === 1 ? gradient : builder.node('Mul', [gradient, builder.scalar(beta, scope.inputInfo(0).type)]);
    return unbroadcast(scope, 2, scaled);
  };
  return [scope.needs(0) ? ofA() : undefined, scope.needs(1) ? ofB() : undefined, scope.needs(2) ? ofC() : undefined];
};

/** A matrix product. A vector is a row in front and a column behind. */
const matMul: GradientRule = (scope) => {
  const { builder } = scope;
  const isVector = (index: number) => scope.inputInfo(index).shape.length === 1;
  const withAxis = (value: string, axis: number) => builder.node('Unsqueeze', [value, builder.constant(int64s([axis]), 'axis')]);
  const matrix = (index: number) => (isVector(index) ? withAxis(scope.input(index), index === 0 ? 0 : -1) : scope.input(index));
  const swapped = (index: number) => {
    const rank = Math.max(2, scope.inputInfo(index).shape.length);
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    return builder.node('Transpose', [matrix(index)], { perm: ints([...axes.slice(0, -2), rank - 1, rank - 2]) });
  };
  let { gradient } = scope;
  if (isVector(1)) gradient = withAxis(gradient, -1);
  if (isVector(0)) gradient = withAxis(gradient, -2);
  return [
    scope.needs(0) ? ofFactor(scope, 0, builder.node('MatMul', [gradient, swapped(1)])) : undefined,
    scope.needs(1) ? ofFactor(scope, 1, builder.node('MatMul', [swapped(0), gradient])) : undefined,
  ];
};

/** Sums over the batch axes along which the factor was repeated, and removes the added axis of a vector. */
function ofFactor(scope: GradientScope, index: number, gradient: string): string {
  const { shape } = scope.inputInfo(index);
  const other = scope.inputInfo(1 - index).shape;
  const batch = broadcast(shape.slice(0, -2), other.slice(0, -2));
  const missing = batch.length - Math.max(0, shape.length - 2);
  const repeated = batch.flatMap((extent, axis) =>
    axis < missing || (shape[axis - missing] === 1 && extent !== 1) ? [axis] : [],
  );
  const summed = repeated.length === 0 ? gradient : sumOver(scope, gradient, repeated, true);
  return missing === 0 && shape.length > 1 ? summed : reshapeLike(scope, index, summed);
}

export const matrixGradients: Readonly<Record<string, GradientRule>> = { Gemm: gemm, MatMul: matMul };
