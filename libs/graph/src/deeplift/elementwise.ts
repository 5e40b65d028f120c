import { XaigridError } from '@xaigrid/contracts';
import { refuse } from '../gradients/gradient-rule.js';
import { gradientRules } from '../gradients/registry.js';
import { choose, difference, inputOf, onBothSides, outputOf, smallerThan, type DeepLiftRule } from './deeplift-rule.js';

/** Below this |x − r|, the derivative at x replaces the quotient (shap's TensorFlow DeepExplainer). */
const QUOTIENT_LIMIT = 1e-6;

/**
 * The rescale rule: m · (f(x) − f(r))/(x − r), or the derivative if |x − r| < 1e-6 (Shrikumar et al. 2017, eq. 9). Only one input
 * varies; Max, Min and Pow may have further inputs.
 */
export const rescale: DeepLiftRule = {
  prepare: ({ node, varies }) => onBothSides(...node.inputs.filter(varies), outputOf(node)),
  multipliers: (scope) => {
    const { builder, node, gradient } = scope;
    const derivative = gradientRules.get(node.op);
    if (derivative === undefined)
      throw new XaigridError('INTERNAL', `No gradient rule for ${node.op}, which the rescale rule needs.`);
    const own = Math.max(
      0,
      node.inputs.findIndex((_, index) => scope.needs(index)),
    );
    const [from, to] = [scope.inputInfo(own).shape, scope.outputInfo().shape];
    if (from.length !== to.length || from.some((extent, axis) => extent !== to[axis]))
      return refuse(scope, 'DeepLIFT has no rule for it where what varies is broadcast');
    const delta = difference(scope, inputOf(node, own));
    const quotient = builder.node('Div', [difference(scope, outputOf(node)), delta]);
    // A step function has no derivative.
    const tangent = derivative(scope)[own] ?? builder.scalar(0, scope.outputInfo().type);
    const passed = choose(
      builder,
      smallerThan(builder, delta, QUOTIENT_LIMIT),
      tangent,
      builder.node('Mul', [gradient, quotient]),
    );
    return node.inputs.map((_, index) => (index === own ? passed : undefined));
  },
};
