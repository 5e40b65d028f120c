import { refuse, sumOver, unbroadcast } from '../gradients/gradient-rule.js';
import { numberOf } from '../attributes.js';
import { int64s } from '../constants.js';
import { axesOfReduction } from '../gradients/reduction.js';
import {
  choose,
  difference,
  inputOf,
  onBothSides,
  outputOf,
  smallerThan,
  type DeepLiftRule,
  type MultiplierScope,
} from './deeplift-rule.js';

const DELTA_LIMIT = 1e-7;

const other = (op: string) => (op.endsWith('Max') ? 'Max' : 'Min');

/**
 * ReduceMax and ReduceMin, treated like max-pooling. With c the larger (smaller) of y_x and y_r: (c − y_r) goes evenly to the
 * values of x that equal y_x, and (y_x − c) to the values of r that equal y_r, both divided by x − r; 0 if |x − r| < 1e-7.
 */
export const extremeReduction: DeepLiftRule = {
  prepare: ({ node }) => onBothSides(inputOf(node), outputOf(node)),
  multipliers: (scope) => {
    const { builder, node, gradient } = scope;
    const { type } = scope.inputInfo(0);
    const axes = axesOfReduction(scope);
    const reduced = (value: string) =>
      numberOf(node, 'keepdims', 1) === 1 ? value : builder.node('Unsqueeze', [value, builder.constant(int64s(axes), 'axes')]);
    const zero = builder.scalar(0, type);
    const [yx, yr] = [reduced(scope.of(outputOf(node), 'x')), reduced(scope.of(outputOf(node), 'r'))];
    const crossed = builder.node(other(node.op), [yx, yr]);
    const toWinners = (side: 'x' | 'r', extreme: string, change: string) => {
      const wins = builder.node('Equal', [scope.of(inputOf(node), side), extreme]);
      const ones = builder.node('Where', [wins, builder.scalar(1, type), zero]);
      const share = builder.node('Div', [builder.node('Mul', [reduced(gradient), change]), sumOver(scope, ones, axes, true)]);
      return builder.node('Where', [wins, share, zero]);
    };
    const sum = builder.node('Add', [
      toWinners('x', yx, builder.node('Sub', [crossed, yr])),
      toWinners('r', yr, builder.node('Sub', [yx, crossed])),
    ]);
    const delta = difference(scope, inputOf(node));
    return [choose(builder, smallerThan(builder, delta, DELTA_LIMIT), zero, builder.node('Div', [sum, delta]))];
  },
};

/** Max or Min of two varying values: the two-input Shapley rule, from its four evaluations. */
export const extremeOfTwo: DeepLiftRule = {
  prepare: ({ node }) => onBothSides(inputOf(node, 0), inputOf(node, 1)),
  multipliers: (scope) => {
    const { builder, node } = scope;
    if (node.inputs.length !== 2) return refuse(scope, 'DeepLIFT has a rule for two inputs only');
    const at = (first: 'x' | 'r', second: 'x' | 'r') =>
      builder.node(node.op, [scope.of(inputOf(node, 0), first), scope.of(inputOf(node, 1), second)]);
    const [xx, xr, rx, rr] = [at('x', 'x'), at('x', 'r'), at('r', 'x'), at('r', 'r')];
    const subtract = (a: string, b: string) => builder.node('Sub', [a, b]);
    return [
      share(scope, 0, builder.node('Add', [subtract(xx, rx), subtract(xr, rr)])),
      share(scope, 1, builder.node('Add', [subtract(xx, xr), subtract(rx, rr)])),
    ];
  },
};

/** m · ½ · change/Δ, and 0 if |Δ| < 1e-7. */
function share(scope: MultiplierScope, index: number, change: string): string {
  const { builder, gradient } = scope;
  const { type } = scope.outputInfo();
  const delta = difference(scope, inputOf(scope.node, index));
  const slope = builder.node('Div', [builder.node('Mul', [change, builder.scalar(0.5, type)]), delta]);
  const none = smallerThan(builder, delta, DELTA_LIMIT);
  const product = builder.node('Mul', [gradient, slope]);
  return unbroadcast(scope, index, choose(builder, none, builder.scalar(0, type), product));
}
