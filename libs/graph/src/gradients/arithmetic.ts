import { int } from '../attributes.js';
import { dataTypes } from '../onnx/data-types.js';
import { scalarLike, unbroadcast, type GradientRule } from './gradient-rule.js';

const add: GradientRule = (scope) =>
  scope.node.inputs.map((_, index) => (scope.needs(index) ? unbroadcast(scope, index, scope.gradient) : undefined));

const subtract: GradientRule = (scope) => [
  scope.needs(0) ? unbroadcast(scope, 0, scope.gradient) : undefined,
  scope.needs(1) ? unbroadcast(scope, 1, scope.builder.node('Neg', [scope.gradient])) : undefined,
];

const multiply: GradientRule = (scope) =>
  [0, 1].map((index) =>
    scope.needs(index)
      ? unbroadcast(scope, index, scope.builder.node('Mul', [scope.gradient, scope.input(1 - index)]))
      : undefined,
  );

/** y = a/b: ∂a = g/b, ∂b = −g·y/b. */
const divide: GradientRule = (scope) => {
  const { builder } = scope;
  const ofA = builder.node('Div', [scope.gradient, scope.input(1)]);
  return [
    scope.needs(0) ? unbroadcast(scope, 0, ofA) : undefined,
    scope.needs(1) ? unbroadcast(scope, 1, builder.node('Neg', [builder.node('Mul', [ofA, scope.output()])])) : undefined,
  ];
};

/** y = aᵇ: ∂a = g·b·aᵇ⁻¹, ∂b = g·y·ln a. A square, as normalisations have it, is a product. */
const power: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const { type } = scope.inputInfo(0);
  const multiply = (a: string, b: string) => builder.node('Mul', [a, b]);
  const exponent = () =>
    scope.inputInfo(1).type === type ? scope.input(1) : builder.node('Cast', [scope.input(1)], { to: int(dataTypes[type]) });
  const slope = () => {
    const constant = scope.constant(1);
    if (constant?.data.length === 1 && Number(constant.data[0]) === 2) return multiply(scope.input(0), builder.scalar(2, type));
    const lowered = builder.node('Sub', [exponent(), builder.scalar(1, type)]);
    return multiply(builder.node('Pow', [scope.input(0), lowered]), exponent());
  };
  const growth = () => multiply(scope.output(), builder.node('Log', [scope.input(0)]));
  return [
    scope.needs(0) ? unbroadcast(scope, 0, multiply(gradient, slope())) : undefined,
    scope.needs(1) ? unbroadcast(scope, 1, multiply(gradient, growth())) : undefined,
  ];
};

/** The mean of several inputs. */
const mean: GradientRule = (scope) => {
  const share = scope.builder.node('Mul', [scope.gradient, scalarLike(scope, 1 / scope.node.inputs.length)]);
  return scope.node.inputs.map((_, index) => (scope.needs(index) ? unbroadcast(scope, index, share) : undefined));
};

const negate: GradientRule = ({ builder, gradient }) => [builder.node('Neg', [gradient])];

const where: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const zero = builder.scalar(0, scope.outputInfo().type);
  return [
    undefined,
    scope.needs(1) ? unbroadcast(scope, 1, builder.node('Where', [scope.input(0), gradient, zero])) : undefined,
    scope.needs(2) ? unbroadcast(scope, 2, builder.node('Where', [scope.input(0), zero, gradient])) : undefined,
  ];
};

/** The largest (or smallest) input takes the gradient; the first of equal ones. */
const extreme =
  (comparison: 'GreaterOrEqual' | 'LessOrEqual'): GradientRule =>
  (scope) => {
    const { builder, gradient, node } = scope;
    const zero = scalarLike(scope, 0);
    if (node.inputs.length === 1) return [gradient];
    if (node.inputs.length === 2) {
      const first = builder.node(comparison, [scope.input(0), scope.input(1)]);
      return [
        scope.needs(0) ? unbroadcast(scope, 0, builder.node('Where', [first, gradient, zero])) : undefined,
        scope.needs(1) ? unbroadcast(scope, 1, builder.node('Where', [first, zero, gradient])) : undefined,
      ];
    }
    let rest = gradient;
    return node.inputs.map((_, index) => {
      const wins = builder.node('Equal', [scope.input(index), scope.output()]);
      const own = builder.node('Where', [wins, rest, zero]);
      rest = builder.node('Where', [wins, zero, rest]);
      return scope.needs(index) ? unbroadcast(scope, index, own) : undefined;
    });
  };

export const arithmeticGradients: Readonly<Record<string, GradientRule>> = {
  Add: add,
  Sum: add,
  Mean: mean,
  Sub: subtract,
  Mul: multiply,
  Div: divide,
  Pow: power,
  Neg: negate,
  Where: where,
  Max: extreme('GreaterOrEqual'),
  Min: extreme('LessOrEqual'),
};
