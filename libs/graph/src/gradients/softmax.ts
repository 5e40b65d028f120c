import { int, numberOf } from '../attributes.js';
import { axisOf } from '../shapes/shape-rule.js';
import { sumOver, type GradientRule, type GradientScope } from './gradient-rule.js';

const axisIn = (scope: GradientScope) => axisOf(numberOf(scope.node, 'axis', -1), scope.inputInfo(0).shape.length);

/**
 * y(g − Σ g·y), where g is first reduced by its value at the largest y. This constant changes nothing and avoids cancellation.
 * Without it, g − Σ g·y is 1 − y_c for the gradient of y_c, in which float32 keeps no digit if y_c is within 1e-7 of 1. With it,
 * this is the sum of the other outputs.
 */
const softmax: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const axis = axisIn(scope);
  const y = scope.output();
  const shifted = builder.node('Sub', [
    gradient,
    builder.node('GatherElements', [gradient, largest(scope, axis)], { axis: int(axis) }),
  ]);
  const sum = sumOver(scope, builder.node('Mul', [shifted, y]), [axis], true);
  return [builder.node('Mul', [y, builder.node('Sub', [shifted, sum])])];
};

/**
 * g − y · Σ g with y = e^output. At the largest y it is minus the sum of all other gradients, for the same reason: over the whole
 * axis the gradients add up to 0.
 */
const logSoftmax: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const axis = axisIn(scope);
  const sum = sumOver(scope, gradient, [axis], true);
  const plain = builder.node('Sub', [gradient, builder.node('Mul', [builder.node('Exp', [scope.output()]), sum])]);
  const at = largest(scope, axis);
  const put = (values: string, value: string) => builder.node('ScatterElements', [values, at, value], { axis: int(axis) });
  // Zeros in the shape of one value per row.
  const others = put(plain, builder.node('Sub', [sum, sum]));
  return [put(others, builder.node('Neg', [sumOver(scope, others, [axis], true)]))];
};

/** The index of the largest output along the axis. The axis stays, with extent 1. */
function largest({ builder, output }: GradientScope, axis: number): string {
  return builder.node('ArgMax', [output()], { axis: int(axis), keepdims: int(1) });
}

export const softmaxGradients: Readonly<Record<string, GradientRule>> = { Softmax: softmax, LogSoftmax: logSoftmax };
