import { int, numberOf } from '../attributes.js';
import type { GraphBuilder } from '../builder.js';
import { int64s } from '../constants.js';
import { dataTypes } from '../onnx/data-types.js';
import { axisOf } from '../shapes/shape-rule.js';
import {
  choose,
  inputOf,
  outputOf,
  sides,
  type DeepLiftRule,
  type MultiplierScope,
  type PreparationScope,
  type Side,
} from './deeplift-rule.js';

/** The value in float64. */
export function toDouble(builder: GraphBuilder, value: string): string {
  return builder.hasInfo(value) && builder.info(value).type === 'double'
    ? value
    : builder.node('Cast', [value], { to: int(dataTypes.double) });
}

/** The lowest logit. Masks of attention may be −∞ on both sides; the difference of such logits must be 0. */
const LEAST_LOGIT = -1e300;

/** For each side, in float64: the logits z, the total log Σ e^z, and the probabilities p = e^(z − log Σ e^z). */
const preparedName = (output: string, what: 'z' | 'total' | 'p') => `deeplift/softmax/${what}/${output}`;

/** Prepares a Softmax or LogSoftmax. Everything with an exponential is computed once per side. */
export function prepareSoftmax({ builder, node, info }: PreparationScope): Readonly<Record<Side, readonly string[]>> {
  const input = inputOf(node);
  const axes = builder.constant(int64s([axisOf(numberOf(node, 'axis', -1), info(input).shape.length)]), 'axes');
  const names = (['z', 'total', 'p'] as const).map((what) => preparedName(outputOf(node), what));
  const [z = '', total = '', p = ''] = names;
  builder.named(z, 'Max', [toDouble(builder, input), builder.scalar(LEAST_LOGIT, 'double')]);
  const most = builder.node('ReduceMax', [z, axes]);
  const sum = builder.node('ReduceSum', [builder.node('Exp', [builder.node('Sub', [z, most])]), axes]);
  builder.named(total, 'Add', [most, builder.node('Log', [sum])]);
  builder.named(p, 'Exp', [builder.node('Sub', [z, total])]);
  return { x: names, r: names };
}

/** A pair of sides of a prepared softmax. */
export interface SoftmaxPair {
  readonly axes: string;
  /** The multipliers of the node's output, in float64. */
  readonly gradient: string;
  readonly p: Readonly<Record<Side, string>>;
  /** Δz, and Δ log Σ e^z (`deltaTotal`). */
  readonly deltaZ: string;
  readonly deltaTotal: string;
}

export function softmaxPair(scope: MultiplierScope): SoftmaxPair {
  const { builder, node } = scope;
  const of = (what: 'z' | 'total' | 'p', side: Side) => scope.of(preparedName(outputOf(node), what), side);
  const delta = (what: 'z' | 'total') => builder.node('Sub', [of(what, 'x'), of(what, 'r')]);
  return {
    axes: builder.constant(int64s([axisOf(numberOf(node, 'axis', -1), scope.inputInfo(0).shape.length)]), 'axes'),
    gradient: toDouble(builder, scope.gradient),
    p: { x: of('p', 'x'), r: of('p', 'r') },
    deltaZ: delta('z'),
    deltaTotal: delta('total'),
  };
}

/**
 * The share of each logit in Δ log Σ e^z: w with Σ w·Δz = Δ log Σ e^z, each in [0, 1], with a sum of at most 1. The sum is
 * linear, and exp and log follow the rescale rule: w = (Δe/Δz)·(Δ log s/Δs). e and s are divided by the larger s of both sides,
 * which cancels.
 */
export function sharesOfTotal(scope: MultiplierScope, { p, deltaZ, deltaTotal }: SoftmaxPair): string {
  const { builder } = scope;
  const zero = builder.scalar(0, 'double');
  // s_x/s and s_r/s with s the larger one: one of them is 1, the other e^(−|Δ|).
  const sums = {
    x: builder.node('Exp', [builder.node('Min', [deltaTotal, zero])]),
    r: builder.node('Exp', [builder.node('Min', [builder.node('Neg', [deltaTotal]), zero])]),
  };
  const [ex = '', er = ''] = sides.map((side) => builder.node('Mul', [p[side], sums[side]]));
  const ofSum = logarithmicMean(builder, { x: sums.x, r: sums.r, deltaLog: deltaTotal });
  const ofEach = logarithmicMean(builder, { x: ex, r: er, deltaLog: deltaZ });
  return builder.node('Div', [ofEach, ofSum]);
}

/**
 * The logarithmic mean (x − r)/(log x − log r): the multiplier of exp by the rescale rule, or 1 over that of log. It lies between
 * x and r. Written as ½(x + r)·tanh(d)/d with d = ½(log x − log r), it has no difference of x and r that would lose digits.
 */
export function logarithmicMean(
  builder: GraphBuilder,
  { x, r, deltaLog }: { readonly x: string; readonly r: string; readonly deltaLog: string },
): string {
  const half = builder.scalar(0.5, 'double');
  const d = builder.node('Mul', [deltaLog, half]);
  const mean = builder.node('Mul', [builder.node('Add', [x, r]), half]);
  const same = builder.node('Equal', [d, builder.scalar(0, 'double')]);
  const shrunk = choose(builder, same, builder.scalar(1, 'double'), builder.node('Div', [builder.node('Tanh', [d]), d]));
  return builder.node('Mul', [mean, shrunk]);
}

/** Float64 multipliers, cast to the type of the node's input. */
export function asInput(scope: MultiplierScope, multipliers: string): string {
  const { type } = scope.inputInfo(0);
  return type === 'double' ? multipliers : scope.builder.node('Cast', [multipliers], { to: int(dataTypes[type]) });
}

/** y = z − log Σ e^z: the multipliers of y minus each logit's share of the logarithm times their sum. Float64. */
export const logSoftmax: DeepLiftRule = {
  prepare: prepareSoftmax,
  multipliers: (scope) => {
    const { builder } = scope;
    const pair = softmaxPair(scope);
    const total = builder.node('ReduceSum', [pair.gradient, pair.axes]);
    const taken = builder.node('Mul', [sharesOfTotal(scope, pair), total]);
    return [asInput(scope, builder.node('Sub', [pair.gradient, taken]))];
  },
};
