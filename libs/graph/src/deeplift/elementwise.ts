import { XaigridError } from '@xaigrid/contracts';
import { gradientRules } from '../gradients/registry.js';
import { choose, difference, inputOf, onBothSides, outputOf, smallerThan, type DeepLiftRule } from './deeplift-rule.js';

/** Below this |x − r| the derivative at x stands in for the quotient (shap's TensorFlow DeepExplainer). */
const QUOTIENT_LIMIT = 1e-6;

/** The rescale rule: m · (f(x) − f(r))/(x − r), the derivative where |x − r| < 1e-6 (Shrikumar et al. 2017, eq. 9). */
export const rescale: DeepLiftRule = {
  prepare: ({ node }) => onBothSides(inputOf(node), outputOf(node)),
  multipliers: (scope) => {
    const { builder, node, gradient } = scope;
    const derivative = gradientRules.get(node.op);
    if (derivative === undefined)
      throw new XaigridError('INTERNAL', `No gradient rule for ${node.op}, which the rescale rule needs.`);
    const delta = difference(scope, inputOf(node));
    const quotient = builder.node('Div', [difference(scope, outputOf(node)), delta]);
    const [tangent = ''] = derivative(scope);
    return [choose(builder, smallerThan(builder, delta, QUOTIENT_LIMIT), tangent, builder.node('Mul', [gradient, quotient]))];
  },
};
