import type { DeepLiftRule } from './deeplift-rule.js';
import { asInput, logarithmicMean, prepareSoftmax, sharesOfTotal, softmaxPair } from './log-softmax.js';

/**
 * Softmax as e^y with y = log-softmax: exp by the rescale rule, log-softmax as in `log-softmax.ts`. It is the formula of the
 * gradient, m = g·p − p·Σ g·p, with means of both sides in place of p. It is additive for every softmax, whichever logits change.
 * No multiplier is larger than the largest of the output's. Softmax of (0, z) is a sigmoid, and has the multiplier of the
 * sigmoid. Float64: in float32, differences of nearly saturated probabilities lose their digits, and additivity is lost with
 * them.
 */
export const softmax: DeepLiftRule = {
  prepare: prepareSoftmax,
  multipliers: (scope) => {
    const { builder } = scope;
    const pair = softmaxPair(scope);
    const { p, gradient, deltaZ, deltaTotal } = pair;
    const slope = logarithmicMean(builder, { ...p, deltaLog: builder.node('Sub', [deltaZ, deltaTotal]) });
    const ofLogs = builder.node('Mul', [gradient, slope]);
    const total = builder.node('ReduceSum', [ofLogs, pair.axes]);
    const taken = builder.node('Mul', [sharesOfTotal(scope, pair), total]);
    return [asInput(scope, builder.node('Sub', [ofLogs, taken]))];
  },
};
