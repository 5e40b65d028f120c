import type { ReluRule } from '@xaigrid/contracts';
import { float, int, numberOf } from '../attributes.js';
import { dataTypes } from '../onnx/data-types.js';
import { refuse, scalarLike, zeroWhereZero, type GradientRule, type GradientScope } from './gradient-rule.js';

/** The rule of an elementwise function: the gradient times the derivative that `slope` adds. */
const times =
  (slope: (scope: GradientScope) => string): GradientRule =>
  (scope) => [scope.builder.node('Mul', [scope.gradient, slope(scope)])];

const positive = (scope: GradientScope) => scope.builder.node('Greater', [scope.input(0), scalarLike(scope, 0)]);

/**
 * The derivative at 0 is 0, as in TensorFlow and PyTorch. The mask is made from the output, which is nonzero exactly where the
 * input is positive. Two casts and a product take 1.3 ns per value less than Greater and Where (measured on 4 × 32 × 224 × 224
 * values).
 */
const relu: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const open = builder.node('Cast', [scope.output()], { to: int(dataTypes.bool) });
  return [builder.node('Mul', [gradient, builder.node('Cast', [open], { to: int(dataTypes[scope.inputInfo(0).type]) })])];
};

/**
 * What goes back through a ReLU in place of its gradient. deconvnet (Zeiler & Fergus 2014): the positive part of what arrives.
 * guided (Springenberg et al. 2015, arXiv:1412.6806): that part, where x > 0 too.
 */
export const reluRuleGradients: Readonly<Record<ReluRule, GradientRule>> = {
  deconvnet: ({ builder, gradient }) => [builder.node('Relu', [gradient])],
  guided: (scope) => relu({ ...scope, gradient: scope.builder.node('Relu', [scope.gradient]) }),
};

/** The gradient where x > 0, gradient · `slope` elsewhere. */
const negativeSlope =
  (slope: (scope: GradientScope) => string): GradientRule =>
  (scope) => {
    const { builder, gradient } = scope;
    return [builder.node('Where', [positive(scope), gradient, builder.node('Mul', [gradient, slope(scope)])])];
  };

const parametricRelu: GradientRule = (scope) => {
  if (scope.needs(1)) return refuse(scope, 'its slope is computed from what is differentiated');
  return negativeSlope(() => scope.input(1))(scope);
};

/** y = α(eˣ − 1) below 0, so the slope there is y + α. */
const elu = negativeSlope((scope) =>
  scope.builder.node('Add', [scope.output(), scalarLike(scope, numberOf(scope.node, 'alpha', 1))]),
);

/** y = γx above 0, γα(eˣ − 1) below: slopes γ and y + γα. */
const selu: GradientRule = (scope) => {
  const { builder, node } = scope;
  const gamma = numberOf(node, 'gamma', 1.0507009873554805);
  const scale = gamma * numberOf(node, 'alpha', 1.6732632423543772);
  const slope = builder.node('Where', [
    positive(scope),
    scalarLike(scope, gamma),
    builder.node('Add', [scope.output(), scalarLike(scope, scale)]),
  ]);
  return [builder.node('Mul', [scope.gradient, slope])];
};

const oneMinus = (scope: GradientScope, value: string) => scope.builder.node('Sub', [scalarLike(scope, 1), value]);

/**
 * y(1 − y). If the graph also computes σ(−x), that is 1 − y with all its digits, and the slopes of both are the same number: the
 * gradients of two classes σ(x) and σ(−x) cancel exactly.
 */
const sigmoid = times((scope) => scope.builder.node('Mul', [scope.output(), mirrorOf(scope) ?? oneMinus(scope, scope.output())]));

/** The value of the other of the pair σ(x), σ(−x), if the graph computes both. */
function mirrorOf({ builder, input }: GradientScope): string | undefined {
  const x = input(0);
  const negated = builder.producerOf(x);
  const argument = negated?.op === 'Neg' ? negated.inputs[0] : undefined;
  const isMirror = ([value = '']: readonly string[]) => {
    const producer = builder.producerOf(value);
    return value === argument || (producer?.op === 'Neg' && producer.inputs[0] === x);
  };
  return builder.nodes.find(({ op, inputs }) => op === 'Sigmoid' && isMirror(inputs))?.outputs[0];
}
/** 1 − y² */
const tanh = times((scope) => oneMinus(scope, scope.builder.node('Mul', [scope.output(), scope.output()])));
const softplus = times((scope) => scope.builder.node('Sigmoid', [scope.input(0)]));
const exp = times((scope) => scope.output());
const log: GradientRule = (scope) => [scope.builder.node('Div', [scope.gradient, scope.input(0)])];
/** ½/y, and 0 at 0, the pole of a standard deviation or a length. */
const sqrt = times((scope) =>
  zeroWhereZero(scope, scope.output(), scope.builder.node('Div', [scalarLike(scope, 0.5), scope.output()])),
);
const abs = times((scope) => scope.builder.node('Sign', [scope.input(0)]));
/** −y² */
const reciprocal = times((scope) => scope.builder.node('Neg', [scope.builder.node('Mul', [scope.output(), scope.output()])]));

/** 1/(1 + |x|)² */
const softsign = times((scope) => {
  const { builder } = scope;
  const root = builder.node('Add', [scalarLike(scope, 1), builder.node('Abs', [scope.input(0)])]);
  return builder.node('Reciprocal', [builder.node('Mul', [root, root])]);
});

/** 2/√π · e^(−x²) */
const erf = times((scope) => {
  const { builder } = scope;
  const bell = builder.node('Exp', [builder.node('Neg', [builder.node('Mul', [scope.input(0), scope.input(0)])])]);
  return builder.node('Mul', [bell, scalarLike(scope, 2 / Math.sqrt(Math.PI))]);
});

/** The gradient strictly between the bounds, and 0 on and beyond them, as TensorFlow's relu6. */
const clip: GradientRule = (scope) => {
  const { builder, node } = scope;
  if (scope.needs(1) || scope.needs(2)) return refuse(scope, 'its bounds are computed from what is differentiated');
  const given = (index: number) => (node.inputs[index] ?? '') !== '';
  const above = given(1) ? builder.node('Greater', [scope.input(0), scope.input(1)]) : undefined;
  const below = given(2) ? builder.node('Less', [scope.input(0), scope.input(2)]) : undefined;
  const inside = above !== undefined && below !== undefined ? builder.node('And', [above, below]) : (above ?? below);
  return [inside === undefined ? scope.gradient : builder.node('Where', [inside, scope.gradient, scalarLike(scope, 0)])];
};

/** max(0, min(1, αx + β)): slope α where the output is strictly between 0 and 1. */
const hardSigmoid: GradientRule = (scope) => {
  const { builder } = scope;
  const [zero, one] = [scalarLike(scope, 0), scalarLike(scope, 1)];
  const inside = builder.node('And', [
    builder.node('Greater', [scope.output(), zero]),
    builder.node('Less', [scope.output(), one]),
  ]);
  const slope = builder.node('Where', [inside, scalarLike(scope, numberOf(scope.node, 'alpha', 0.2)), zero]);
  return [builder.node('Mul', [scope.gradient, slope])];
};

/** y = x·h with h = max(0, min(1, x/6 + ½)): slope h, plus x/6 where h is strictly between 0 and 1. */
const hardSwish = times((scope) => {
  const { builder } = scope;
  const x = scope.input(0);
  const gate = builder.node('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) });
  // There, x/6 = h − ½.
  const inside = builder.node('Less', [builder.node('Abs', [x]), scalarLike(scope, 3)]);
  const within = builder.node('Sub', [builder.node('Add', [gate, gate]), scalarLike(scope, 0.5)]);
  return builder.node('Where', [inside, within, gate]);
});

/** y = α(e^(x/α) − 1) below 0: slope y/α + 1. */
const celu = negativeSlope((scope) =>
  scope.builder.node('Add', [
    scope.builder.node('Mul', [scope.output(), scalarLike(scope, 1 / numberOf(scope.node, 'alpha', 1))]),
    scalarLike(scope, 1),
  ]),
);

/** y = x·t, t = tanh(softplus x): slope t + x(1 − t²)·σ(x). */
const mish = times((scope) => {
  const { builder } = scope;
  const x = scope.input(0);
  const t = builder.node('Tanh', [builder.node('Softplus', [x])]);
  const bend = builder.node('Mul', [oneMinus(scope, builder.node('Mul', [t, t])), builder.node('Sigmoid', [x])]);
  return builder.node('Add', [t, builder.node('Mul', [x, bend])]);
});

const thresholdedRelu: GradientRule = (scope) => {
  const open = scope.builder.node('Greater', [scope.input(0), scalarLike(scope, numberOf(scope.node, 'alpha', 1))]);
  return [scope.builder.node('Where', [open, scope.gradient, scalarLike(scope, 0)])];
};

const sine = times(({ builder, input }) => builder.node('Cos', [input(0)]));
const cosine = times(({ builder, input }) => builder.node('Neg', [builder.node('Sin', [input(0)])]));

/** A step function has no slope. */
const flat: GradientRule = () => [];

export const activationGradients: Readonly<Record<string, GradientRule>> = {
  Relu: relu,
  LeakyRelu: negativeSlope((scope) => scalarLike(scope, numberOf(scope.node, 'alpha', 0.01))),
  PRelu: parametricRelu,
  Elu: elu,
  Selu: selu,
  Sigmoid: sigmoid,
  HardSigmoid: hardSigmoid,
  Tanh: tanh,
  Softplus: softplus,
  Softsign: softsign,
  Exp: exp,
  Log: log,
  Sqrt: sqrt,
  Abs: abs,
  Reciprocal: reciprocal,
  Erf: erf,
  Clip: clip,
  HardSwish: hardSwish,
  Celu: celu,
  Mish: mish,
  ThresholdedRelu: thresholdedRelu,
  Sin: sine,
  Cos: cosine,
  Sign: flat,
  Floor: flat,
  Ceil: flat,
  Round: flat,
};
