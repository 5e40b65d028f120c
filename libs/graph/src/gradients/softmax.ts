import { int, numberOf } from '../attributes.js';
import { axisOf } from '../shapes/shape-rule.js';
import { sumOver, type GradientRule, type GradientScope } from './gradient-rule.js';

const axisIn = (scope: GradientScope) => axisOf(numberOf(scope.node, 'axis', -1), scope.inputInfo(0).shape.length);

/**
 * y(g − Σ g·y), with g less its value at the largest y: that adds a constant, which changes nothing, and leaves nothing to cancel. As it stands
 * g − Σ g·y is 1 − y_c for the gradient of y_c, of which float32 keeps no digit where y_c is within 1e-7 of 1; shifted it is the sum of the others.
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
 * g − y · Σ g, y = e^output; at the largest y minus the sum of all others, for the same reason: over the whole axis the gradients add up to 0.
 */
const logSoftmax: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const axis = axisIn(scope);
  const sum = sumOver(scope, gradient, [axis], true);
  const plain = builder.node('Sub', [gradient, builder.node('Mul', [builder.node('Exp', [scope.output()]), sum])]);
  const at = largest(scope, axis);
  const put = (values: string, value: string) => builder.node('ScatterElements', [values, at, value], { axis: int(axis) });
  // 0 in the shape of one value a row.
  const others = put(plain, builder.node('Sub', [sum, sum]));
  return [put(others, builder.node('Neg', [sumOver(scope, others, [axis], true)]))];
};

/** Where along the axis the output is largest, the axis kept with extent 1. */
function largest({ builder, output }: GradientScope, axis: number): string {
  return builder.node('ArgMax', [output()], { axis: int(axis), keepdims: int(1) });
}

export const softmaxGradients: Readonly<Record<string, GradientRule>> = { Softmax: softmax, LogSoftmax: logSoftmax };
