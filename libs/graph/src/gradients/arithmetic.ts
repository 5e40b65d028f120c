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

/**
 * y = aᵇ: ∂a = g·b·aᵇ⁻¹, ∂b = g·y·ln a. A square, as in normalisations, is computed as a product. At a = 0 it follows PyTorch: 0
 * for b = 0, and 0 for ∂b. The pole of a root (0 < b < 1), with which norms are written, gives 0 too.
 */
const power: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const { type } = scope.inputInfo(0);
  const multiply = (a: string, b: string) => builder.node('Mul', [a, b]);
  const base = scope.input(0);
  const zero = builder.scalar(0, type);
  const exponent = () =>
    scope.inputInfo(1).type === type ? scope.input(1) : builder.node('Cast', [scope.input(1)], { to: int(dataTypes[type]) });
  const isZero = (value: string) => builder.node('Equal', [value, zero]);
  const both = (a: string, b: string) => builder.node('And', [a, b]);
  const slope = () => {
    const constant = scope.constant(1);
    const known = constant?.data.length === 1 ? Number(constant.data[0]) : undefined;
    if (known === 2) return multiply(base, builder.scalar(2, type));
    const lowered = builder.node('Sub', [exponent(), builder.scalar(1, type)]);
    const steep = multiply(builder.node('Pow', [base, lowered]), exponent());
    // If the exponent is known and needs no exception, none is added.
    if (known !== undefined && (known < 0 || known >= 1)) return steep;
    const flat = builder.node('Less', [exponent(), builder.scalar(1, type)]);
    const rising = builder.node('GreaterOrEqual', [exponent(), zero]);
    return builder.node('Where', [both(isZero(base), both(flat, rising)), zero, steep]);
  };
  const growth = () => {
    const steep = multiply(scope.output(), builder.node('Log', [base]));
    const none = both(isZero(base), builder.node('GreaterOrEqual', [exponent(), zero]));
    return builder.node('Where', [none, zero, steep]);
  };
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

/** The largest (or smallest) input gets the gradient. Equal ones share it evenly, as in PyTorch's `maximum` and `minimum`. */
const extreme: GradientRule = (scope) => {
  const { builder, gradient, node } = scope;
  if (node.inputs.length === 1) return [gradient];
  const { type } = scope.inputInfo(0);
  const zero = scalarLike(scope, 0);
  const wins = node.inputs.map((_, index) => builder.node('Equal', [scope.input(index), scope.output()]));
  const counts = wins.map((won) => builder.node('Cast', [won], { to: int(dataTypes[type]) }));
  const share = builder.node('Div', [gradient, builder.node('Sum', counts)]);
  return wins.map((won, index) =>
    scope.needs(index) ? unbroadcast(scope, index, builder.node('Where', [won, share, zero])) : undefined,
  );
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
  Max: extreme,
  Min: extreme,
};
