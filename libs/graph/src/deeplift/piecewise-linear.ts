import type { GraphBuilder } from '../builder.js';
import { inputOf, sides, type DeepLiftRule, type PreparationScope, type Side } from './deeplift-rule.js';

/**
 * Names of slightly moved values. Relu and Clip have only the slopes 0 and 1, so the rescale rule can do without the test for |x
 * − r| < 1e-6: four elementwise nodes per pair instead of ten, which are half of the work. x and r are first moved by at most two
 * units in the last place, so that they are never equal: r to a float whose last bit is 0, x to one whose last bit is 1. Then x −
 * r is never 0. If both are on one piece, the quotient is exactly the slope of that piece, however close they are. This is the
 * derivative that the rule asks for.
 */
const movedName = (value: string, side: Side) => `deeplift/${side}/${value}`;
const appliedName = (value: string, op: string, side: Side) => `deeplift/${side}/${value}/${op}`;

/** Veltkamp's splitting: the nearest float with one bit less, whose last bit is therefore 0. */
function ending0(builder: GraphBuilder, value: string): string {
  const tripled = builder.node('Mul', [value, builder.scalar(3, builder.info(value).type)]);
  return builder.node('Sub', [tripled, builder.node('Sub', [tripled, value])]);
}

/**
 * 0.75 · 2⁻²³ of a float is between 0.75 and 1.5 units in its last place. Added to a float whose last bit is 0, it rounds up by
 * one unit. `belowZero` moves x away from 0, where no next float is in reach. r stays 0 there, and the slope at 0 is that of the
 * negative side.
 */
const oneUnit = {
  float: { unit: 0.75 * 2 ** -23, belowZero: -1e-30 },
  double: { unit: 0.75 * 2 ** -52, belowZero: -1e-300 },
};

function moved({ builder }: PreparationScope, value: string, side: Side): string {
  const name = movedName(value, side);
  if (builder.hasInfo(name)) return name;
  const even = ending0(builder, value);
  if (side === 'r') return builder.named(name, 'Identity', [even]);
  const type = builder.info(value).type === 'double' ? 'double' : 'float';
  const { unit, belowZero } = oneUnit[type];
  const product = builder.node('Mul', [even, builder.scalar(unit, type)]);
  const step = builder.node('Add', [product, builder.scalar(belowZero, type)]);
  return builder.named(name, 'Add', [even, step]);
}

function prepareSide(scope: PreparationScope, side: Side): string[] {
  const { builder, node } = scope;
  const [input = '', ...bounds] = node.inputs;
  const name = appliedName(input, node.name, side);
  const at = moved(scope, input, side);
  return [at, builder.named(name, node.op, [at, ...bounds], node.attributes)];
}

export const piecewiseLinear: DeepLiftRule = {
  prepare: (scope) => ({ x: prepareSide(scope, 'x'), r: prepareSide(scope, 'r') }),
  multipliers: (scope) => {
    const { builder, node, gradient } = scope;
    const input = inputOf(node);
    const [x = '', r = ''] = sides.map((side) => scope.of(movedName(input, side), side));
    const [fx = '', fr = ''] = sides.map((side) => scope.of(appliedName(input, node.name, side), side));
    const quotient = builder.node('Div', [builder.node('Sub', [fx, fr]), builder.node('Sub', [x, r])]);
    return [builder.node('Mul', [gradient, quotient])];
  },
};
