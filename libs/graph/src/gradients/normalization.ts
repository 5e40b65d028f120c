import { numberOf } from '../attributes.js';
import { constantOf, numbersOf } from '../constants.js';
import { refuse, type GradientRule } from './gradient-rule.js';

/** At inference a linear map per channel: its slope is γ/√(σ² + ε). */
const batchNormalization: GradientRule = (scope) => {
  const { builder, node, gradient } = scope;
  const [scale, variance] = [scope.constant(1), scope.constant(4)];
  if (scale === undefined || variance === undefined) return refuse(scope, 'its statistics are computed');
  const { type, shape } = scope.inputInfo(0);
  const epsilon = numberOf(node, 'epsilon', 1e-5);
  const variances = numbersOf(variance);
  const slopes = numbersOf(scale).map((gamma, channel) => gamma / Math.sqrt((variances[channel] ?? 0) + epsilon));
  const perChannel = constantOf(
    type,
    shape.map((_, axis) => (axis === 1 ? slopes.length : 1)),
    slopes,
  );
  return [builder.node('Mul', [gradient, builder.constant(perChannel, 'slopes')])];
};

export const normalizationGradients: Readonly<Record<string, GradientRule>> = { BatchNormalization: batchNormalization };
