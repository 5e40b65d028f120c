import { gradientRules } from '../gradients/registry.js';
import { refuse, unbroadcast } from '../gradients/gradient-rule.js';
import {
  choose,
  difference,
  inputOf,
  onBothSides,
  smallerThan,
  type DeepLiftRule,
  type MultiplierScope,
} from './deeplift-rule.js';

/** An input with a smaller |Δ| gets no multiplier, as in nonlinearity_2d of shap. */
const SHARE_LIMIT = 1e-7;

/**
 * The two-input Shapley rule: the multiplier of an input is ½(f(x₀,x₁) − f(r₀,x₁) + f(x₀,r₁) − f(r₀,r₁))/Δ₀, and 0 if |Δ₀| <
 * 1e-7. `share` is that quotient in closed form, which does not cancel if Δ₀ is small.
 */
function shapleyShare(scope: MultiplierScope, index: number, share: string): string {
  const { builder, gradient } = scope;
  const product = builder.node('Mul', [gradient, share]);
  const none = smallerThan(builder, difference(scope, inputOf(scope.node, index)), SHARE_LIMIT);
  return unbroadcast(scope, index, choose(builder, none, builder.scalar(0, scope.outputInfo().type), product));
}

/** ½(a + b) */
function mean(scope: MultiplierScope, a: string, b: string): string {
  const { builder } = scope;
  return builder.node('Mul', [builder.node('Add', [a, b]), builder.scalar(0.5, scope.outputInfo().type)]);
}

/** A product. In closed form, the multiplier is the mean of the other input over x and r. */
export const multiplication: DeepLiftRule = {
  prepare: ({ node }) => onBothSides(inputOf(node, 0), inputOf(node, 1)),
  multipliers: (scope) =>
    [0, 1].map((index) => {
      const other = inputOf(scope.node, 1 - index);
      return shapleyShare(scope, index, mean(scope, scope.of(other, 'x'), scope.of(other, 'r')));
    }),
};

/** A quotient. In closed form, the multipliers are ½(1/x₁ + 1/r₁) and −½(x₀ + r₀)/(x₁·r₁). */
export const division: DeepLiftRule = {
  prepare: ({ node }) => onBothSides(inputOf(node, 0), inputOf(node, 1)),
  multipliers: (scope) => {
    const { builder, node } = scope;
    const [over, under] = [inputOf(node, 0), inputOf(node, 1)];
    const [x, r] = [scope.of(under, 'x'), scope.of(under, 'r')];
    const inverse = mean(scope, builder.node('Reciprocal', [x]), builder.node('Reciprocal', [r]));
    const slope = () =>
      builder.node('Neg', [
        builder.node('Div', [mean(scope, scope.of(over, 'x'), scope.of(over, 'r')), builder.node('Mul', [x, r])]),
      ]);
    return [
      scope.needs(0) ? shapleyShare(scope, 0, inverse) : undefined,
      scope.needs(1) ? shapleyShare(scope, 1, slope()) : undefined,
    ];
  },
};

/**
 * A product of two varying matrices. The multiplier of each factor is its gradient at the mean of the other over x and r, because
 * A_x·B_x − A_r·B_r = (A_x − A_r)·½(B_x + B_r) + ½(A_x + A_r)·(B_x − B_r).
 */
export const matrixProduct: DeepLiftRule = {
  prepare: ({ node }) => onBothSides(inputOf(node, 0), inputOf(node, 1)),
  multipliers: (scope) => {
    if (scope.inRows && scope.outputInfo().shape.length < 3)
      return refuse(scope, 'both factors vary, and samples are not apart in them');
    const input = (index: number) => {
      const value = inputOf(scope.node, index);
      return mean(scope, scope.of(value, 'x'), scope.of(value, 'r'));
    };
    return gradientRules.get(scope.node.op)?.({ ...scope, input }) ?? refuse(scope, 'it has no gradient rule');
  },
};

/** A linear operator. The multiplier is the gradient, which must not depend on the point. */
export const linear: DeepLiftRule = {
  prepare: () => onBothSides(),
  multipliers: (scope) => {
    const passed = gradientRules.get(scope.node.op)?.(scope) ?? refuse(scope, 'it has no gradient rule');
    if (scope.node.inputs.some((_, index) => scope.needs(index) && passed[index] === undefined))
      return refuse(scope, 'whole numbers are computed from what varies');
    return passed;
  },
};
