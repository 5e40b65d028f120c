import type { DeepLiftRule } from './deeplift-rule.js';
import { asInput, logarithmicMean, prepareSoftmax, sharesOfTotal, softmaxPair } from './log-softmax.js';

/**
 * Softmax as e^y of y = log-softmax: exp by the rescale rule, log-softmax as in `log-softmax.ts`. The gradient's formula,
 * m = g·p − p·Σ g·p, with means between both sides in the place of p. Additive for every softmax, whichever logits move; no
 * multiplier is larger than the largest of the output's; softmax of (0, z) is a sigmoid, and has the sigmoid's multiplier. In
 * float64: where float32 loses the differences of nearly saturated probabilities, additivity is lost with them.
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
