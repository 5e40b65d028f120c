import { int, numberOf } from '../attributes.js';
import type { GraphBuilder } from '../builder.js';
import { int64s } from '../constants.js';
import { dataTypes } from '../onnx/data-types.js';
import { axisOf } from '../shapes/shape-rule.js';
import { choose, inputOf, onBothSides, smallerThan, type DeepLiftRule } from './deeplift-rule.js';
import { toDouble } from './softmax.js';

/** Below this the derivative stands in for a quotient of differences. */
const QUOTIENT_LIMIT = 1e-6;

/**
 * y = z − log Σ e^z, taken apart: the difference and the sum are linear, log and exp go by the rescale rule. e^z is divided by
 * that of the larger maximum of both sides, which cancels in the product of the two quotients. In float64, as softmax is.
 */
export const logSoftmax: DeepLiftRule = {
  prepare: ({ node }) => onBothSides(inputOf(node)),
  multipliers: (scope) => {
    const { builder, node } = scope;
    const { type, shape } = scope.inputInfo(0);
    const axes = builder.constant(int64s([axisOf(numberOf(node, 'axis', -1), shape.length)]), 'axes');
    const [zx, zr] = [toDouble(builder, scope.of(inputOf(node), 'x')), toDouble(builder, scope.of(inputOf(node), 'r'))];
    const gradient = toDouble(builder, scope.gradient);
    const most = builder.node('Max', [builder.node('ReduceMax', [zx, axes]), builder.node('ReduceMax', [zr, axes])]);
    const exponential = (z: string) => builder.node('Exp', [builder.node('Sub', [z, most])]);
    const [ex, er] = [exponential(zx), exponential(zr)];
    const [sx, sr] = [ex, er].map((e) => builder.node('ReduceSum', [e, axes]));
    const logs = quotient(builder, {
      over: [builder.node('Log', [sx ?? '']), builder.node('Log', [sr ?? ''])],
      under: [sx ?? '', sr ?? ''],
      tangent: builder.node('Reciprocal', [sx ?? '']),
    });
    const exps = quotient(builder, { over: [ex, er], under: [zx, zr], tangent: ex });
    const total = builder.node('ReduceSum', [gradient, axes]);
    const shared = builder.node('Mul', [builder.node('Mul', [total, logs]), exps]);
    const passed = builder.node('Sub', [gradient, shared]);
    return [type === 'double' ? passed : builder.node('Cast', [passed], { to: int(dataTypes[type]) })];
  },
};

interface Quotient {
  readonly over: readonly [string, string];
  readonly under: readonly [string, string];
  readonly tangent: string;
}

function quotient(builder: GraphBuilder, { over, under, tangent }: Quotient): string {
  const delta = builder.node('Sub', under);
  const slope = builder.node('Div', [builder.node('Sub', over), delta]);
  return choose(builder, smallerThan(builder, delta, QUOTIENT_LIMIT), tangent, slope);
}
