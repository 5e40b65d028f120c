import { int, numberOf } from '../attributes.js';
import { constantOf, int64s, numbersOf } from '../constants.js';
import { axisOf } from '../shapes/shape-rule.js';
import { refuse, scalarLike, type GradientRule, type GradientScope } from './gradient-rule.js';

/** At inference it is a linear map per channel with the slope γ/√(σ² + ε). */
const batchNormalization: GradientRule = (scope) => {
  const { builder, node, gradient } = scope;
  if ([1, 2, 3, 4].some((index) => scope.needs(index)))
    return refuse(scope, 'its statistics are computed from what is differentiated');
  const { type, shape } = scope.inputInfo(0);
  const epsilon = numberOf(node, 'epsilon', 1e-5);
  const perChannel = shape.map((_, axis) => (axis === 1 ? -1 : 1));
  const [scale, variance] = [scope.constant(1), scope.constant(4)];
  if (scale === undefined || variance === undefined) {
    const deviation = builder.node('Sqrt', [builder.node('Add', [scope.input(4), builder.scalar(epsilon, type)])]);
    const slopes = builder.node('Reshape', [
      builder.node('Div', [scope.input(1), deviation]),
      builder.constant(int64s(perChannel), 'shape'),
    ]);
    return [builder.node('Mul', [gradient, slopes])];
  }
  const variances = numbersOf(variance);
  const slopes = numbersOf(scale).map((gamma, channel) => gamma / Math.sqrt((variances[channel] ?? 0) + epsilon));
  const extents = perChannel.map((extent) => (extent === -1 ? slopes.length : extent));
  return [builder.node('Mul', [gradient, builder.constant(constantOf(type, extents, slopes), 'slopes')])];
};

/**
 * x̂ = (x − mean)/√(variance + ε) over `axes`. If ĝ is the gradient of x̂, the gradient of x is (ĝ − mean ĝ − x̂ · mean
 * ĝx̂)/√(variance + ε).
 */
function standardized(scope: GradientScope, gradient: string, axes: readonly number[]): string {
  const { builder, node } = scope;
  const over = builder.constant(int64s(axes), 'axes');
  const mean = (value: string) => builder.node('ReduceMean', [value, over], { keepdims: int(1) });
  const multiply = (a: string, b: string) => builder.node('Mul', [a, b]);
  const centred = builder.node('Sub', [scope.input(0), mean(scope.input(0))]);
  const variance = mean(multiply(centred, centred));
  const epsilon = scalarLike(scope, numberOf(node, 'epsilon', 1e-5));
  const inverse = builder.node('Reciprocal', [builder.node('Sqrt', [builder.node('Add', [variance, epsilon])])]);
  const normal = multiply(centred, inverse);
  const shared = builder.node('Add', [mean(gradient), multiply(normal, mean(multiply(gradient, normal)))]);
  return multiply(builder.node('Sub', [gradient, shared]), inverse);
}

/** Mean and variance over all axes from `axis` on. */
const layerNormalization: GradientRule = (scope) => {
  const { builder, node, gradient } = scope;
  if (scope.needs(1) || scope.needs(2)) return refuse(scope, 'its scale is computed from what is differentiated');
  const rank = scope.inputInfo(0).shape.length;
  const first = axisOf(numberOf(node, 'axis', -1), rank);
  const axes = Array.from({ length: rank - first }, (_, index) => first + index);
  return [standardized(scope, builder.node('Mul', [gradient, scope.input(1)]), axes)];
};

/** Mean and variance over the positions of each sample and channel. */
const instanceNormalization: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  if (scope.needs(1) || scope.needs(2)) return refuse(scope, 'its scale is computed from what is differentiated');
  const { shape } = scope.inputInfo(0);
  const positions = shape.map((_, axis) => axis).slice(2);
  const extents = builder.constant(int64s([-1, ...positions.map(() => 1)]), 'shape');
  const scale = builder.node('Reshape', [scope.input(1), extents]);
  return [standardized(scope, builder.node('Mul', [gradient, scale]), positions)];
};

/**
 * y = x·d^−β with d = k + α/size · Σ x² over nearby channels. The gradient is g·d^−β − 2αβ/size · x · Σ′ g·y/d, where Σ′ runs
 * over the channels whose d includes this one. Sums over channels are products with a matrix of zeros and ones.
 */
const localResponse: GradientRule = (scope) => {
  const { builder, node, gradient } = scope;
  const { type, shape } = scope.inputInfo(0);
  const [, channels = null, ...positions] = shape;
  if (channels === null || positions.includes(null)) return refuse(scope, 'the size of its input is not known');
  const size = numberOf(node, 'size', 1);
  const [alpha, beta, bias] = [numberOf(node, 'alpha', 1e-4), numberOf(node, 'beta', 0.75), numberOf(node, 'bias', 1)];
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const flat = (value: string) => builder.node('Reshape', [value, builder.constant(int64s([0, channels, -1]), 'shape')]);
  const back = (value: string) =>
    builder.node('Reshape', [value, builder.constant(int64s([0, channels, ...positions.map((extent) => extent ?? 1)]), 'shape')]);
  const band = (low: number, high: number) => {
    const values = Array.from({ length: channels ** 2 }, (_, i) => {
      const offset = (i % channels) - Math.floor(i / channels);
      return Number(offset >= -low && offset <= high);
    });
    return builder.constant(constantOf(type, [channels, channels], values), 'nearby');
  };
  const multiply = (a: string, b: string) => builder.node('Mul', [a, b]);
  const x = flat(scope.input(0));
  const g = flat(gradient);
  const squares = builder.node('MatMul', [band(before, after), multiply(x, x)]);
  const d = builder.node('Add', [scalarLike(scope, bias), multiply(scalarLike(scope, alpha / size), squares)]);
  const scaled = multiply(g, builder.node('Pow', [d, scalarLike(scope, -beta)]));
  const sums = builder.node('MatMul', [band(after, before), builder.node('Div', [multiply(scaled, x), d])]);
  const shared = multiply(multiply(scalarLike(scope, (2 * alpha * beta) / size), x), sums);
  return [back(builder.node('Sub', [scaled, shared]))];
};

export const normalizationGradients: Readonly<Record<string, GradientRule>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  LRN: localResponse,
};
