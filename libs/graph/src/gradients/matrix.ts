import { float, int, ints, numberOf } from '../attributes.js';
import { refuse, unbroadcast, type GradientRule, type GradientScope } from './gradient-rule.js';

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

/** The input with its last two axes swapped. */
function swapped(scope: GradientScope, index: number): string {
  const rank = scope.inputInfo(index).shape.length;
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return scope.builder.node('Transpose', [scope.input(index)], { perm: ints([...axes.slice(0, -2), rank - 1, rank - 2]) });
}

const matMul: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  if (scope.inputInfo(0).shape.length < 2 || scope.inputInfo(1).shape.length < 2)
    return refuse(scope, 'one of its inputs is a vector');
  return [
    scope.needs(0) ? unbroadcast(scope, 0, builder.node('MatMul', [gradient, swapped(scope, 1)])) : undefined,
    scope.needs(1) ? unbroadcast(scope, 1, builder.node('MatMul', [swapped(scope, 0), gradient])) : undefined,
  ];
};

export const matrixGradients: Readonly<Record<string, GradientRule>> = { Gemm: gemm, MatMul: matMul };
