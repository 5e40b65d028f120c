import { refuse, scalarLike, unbroadcast, type GradientRule } from './gradient-rule.js';

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

/** y = aᵇ with b not differentiated: ∂a = g·b·aᵇ⁻¹. */
const power: GradientRule = (scope) => {
  const { builder } = scope;
  if (scope.needs(1)) return refuse(scope, 'its exponent is computed from what is differentiated');
  const lowered = builder.node('Pow', [
    scope.input(0),
    builder.node('Sub', [scope.input(1), builder.scalar(1, scope.inputInfo(1).type)]),
  ]);
  const slope = builder.node('Mul', [lowered, scope.input(1)]);
  return [unbroadcast(scope, 0, builder.node('Mul', [scope.gradient, slope]))];
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

/** The larger (or smaller) of two takes the gradient; the first when equal. */
const extreme =
  (comparison: 'GreaterOrEqual' | 'LessOrEqual'): GradientRule =>
  (scope) => {
    const { builder, gradient, node } = scope;
    if (node.inputs.length === 1) return [gradient];
    if (node.inputs.length > 2) return refuse(scope, 'it has more than two inputs');
    const first = builder.node(comparison, [scope.input(0), scope.input(1)]);
    const zero = scalarLike(scope, 0);
    return [
      scope.needs(0) ? unbroadcast(scope, 0, builder.node('Where', [first, gradient, zero])) : undefined,
      scope.needs(1) ? unbroadcast(scope, 1, builder.node('Where', [first, zero, gradient])) : undefined,
    ];
  };

export const arithmeticGradients: Readonly<Record<string, GradientRule>> = {
  Add: add,
  Sum: add,
  Sub: subtract,
  Mul: multiply,
  Div: divide,
  Pow: power,
  Neg: negate,
  Where: where,
  Max: extreme('GreaterOrEqual'),
  Min: extreme('LessOrEqual'),
};
