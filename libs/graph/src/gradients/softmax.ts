import { numberOf } from '../attributes.js';
import { axisOf } from '../shapes/shape-rule.js';
import { sumOver, type GradientRule, type GradientScope } from './gradient-rule.js';

const axisIn = (scope: GradientScope) => axisOf(numberOf(scope.node, 'axis', -1), scope.inputInfo(0).shape.length);

/** y(g − Σ g·y) */
const softmax: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const sum = sumOver(scope, builder.node('Mul', [gradient, scope.output()]), [axisIn(scope)], true);
  return [builder.node('Mul', [scope.output(), builder.node('Sub', [gradient, sum])])];
};

/** g − e^y · Σ g */
const logSoftmax: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const sum = sumOver(scope, gradient, [axisIn(scope)], true);
  return [builder.node('Sub', [gradient, builder.node('Mul', [builder.node('Exp', [scope.output()]), sum])])];
};

export const softmaxGradients: Readonly<Record<string, GradientRule>> = { Softmax: softmax, LogSoftmax: logSoftmax };
