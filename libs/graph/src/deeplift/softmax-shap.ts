import { int, numberOf } from '../attributes.js';
import { int64s } from '../constants.js';
import type { GraphBuilder } from '../builder.js';
import { dataTypes } from '../onnx/data-types.js';
import { axisOf } from '../shapes/shape-rule.js';
import { choose, inputOf, onBothSides, smallerThan, type DeepLiftRule } from './deeplift-rule.js';
import { toDouble } from './log-softmax.js';

/** One side of a split softmax: p = e/s, e = exp(centred), centred = z − max z; all in float64. */
interface Parts {
  readonly z: string;
  readonly centred: string;
  readonly e: string;
  readonly s: string;
}

function takeApart(builder: GraphBuilder, logits: string, axes: string): Parts {
  const z = toDouble(builder, logits);
  const centred = builder.node('Sub', [z, builder.node('ReduceMax', [z, axes])]);
  const e = builder.node('Exp', [centred]);
  return { z, centred, e, s: builder.node('ReduceSum', [e, axes]) };
}

/**
 * Softmax as shap's DeepExplainer splits it. The division follows the two-input Shapley rule; in closed form, its shares are
 * ½(1/s_x + 1/s_r) for e (0 if |Δe| < 1e-7) and −½(e_x + e_r)/(s_x·s_r) for s (0 if |Δs| < 1e-7). The sum is linear. exp follows
 * the rescale rule. Centring multiplies by Δcentred/Δz, or by 1 if |Δz| < 1e-6. Float64: in float32, differences of nearly
 * saturated probabilities lose their digits, and additivity is lost with them.
 *
 * If a logit hardly changes, its share of the centring is lost. If it changes a little, its multiplier becomes huge. The rule in
 * `softmax.ts` has neither problem.
 */
export const softmaxAsShap: DeepLiftRule = {
  prepare: ({ node }) => onBothSides(inputOf(node)),
  multipliers: (scope) => {
    const { builder, node } = scope;
    const { type, shape } = scope.inputInfo(0);
    const axes = builder.constant(int64s([axisOf(numberOf(node, 'axis', -1), shape.length)]), 'axes');
    const x = takeApart(builder, scope.of(inputOf(node), 'x'), axes);
    const r = takeApart(builder, scope.of(inputOf(node), 'r'), axes);
    const gradient = toDouble(builder, scope.gradient);
    const binary = (op: string) => (a: string, b: string) => builder.node(op, [a, b]);
    const [add, subtract, multiply, divide] = [binary('Add'), binary('Sub'), binary('Mul'), binary('Div')];
    const zero = builder.scalar(0, 'double');
    const delta = (part: keyof Parts) => subtract(x[part], r[part]);
    const small = (value: string, bound: number) => smallerThan(builder, value, bound);

    const deltaE = delta('e');
    // ½(1/s_x + 1/s_r) = ½(s_x + s_r)/(s_x·s_r), so both shares have the same factor.
    const factor = divide(builder.scalar(0.5, 'double'), multiply(x.s, r.s));
    const toE = choose(builder, small(deltaE, 1e-7), zero, multiply(gradient, multiply(add(x.s, r.s), factor)));
    const sums = builder.node('ReduceSum', [multiply(gradient, add(x.e, r.e)), axes]);
    const toS = choose(builder, small(delta('s'), 1e-7), zero, builder.node('Neg', [multiply(sums, factor)]));
    const deltaCentred = delta('centred');
    const slope = choose(builder, small(deltaCentred, 1e-6), x.e, divide(deltaE, deltaCentred));
    const toCentred = multiply(add(toE, toS), slope);
    const deltaZ = delta('z');
    const ratio = choose(builder, small(deltaZ, 1e-6), builder.scalar(1, 'double'), divide(deltaCentred, deltaZ));
    const toZ = multiply(toCentred, ratio);
    return [type === 'double' ? toZ : builder.node('Cast', [toZ], { to: int(dataTypes[type]) })];
  },
};
