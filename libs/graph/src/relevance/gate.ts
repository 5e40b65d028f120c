import type { GraphBuilder } from '../builder.js';
import type { GraphNode } from '../graph.js';

/** Functions that are used as gates: their values say how much of a signal passes. */
const gates = new Set(['Sigmoid', 'HardSigmoid', 'Tanh', 'Erf']);
/** Steps between such a function and the product, with constants for all other inputs. */
const steps = new Set([
  ...['Identity', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Expand', 'Transpose'],
  ...['Add', 'Sub', 'Mul', 'Div', 'Neg'],
]);

/**
 * Which factor of a product of two computed values is the gate, 0 or 1: the one that comes from a sigmoid or a like function, as
 * in squeeze-and-excitation and SiLU; else the one that comes from a clipped value, as in x · relu6(x + 3)/6; else the one that is
 * one number for many. Undefined if that is no answer.
 */
export function gateOf(builder: GraphBuilder, { inputs }: GraphNode): 0 | 1 | undefined {
  const factors = [inputs[0] ?? '', inputs[1] ?? ''] as const;
  const tests = [
    (value: string) => comesFrom(builder, value, gates),
    (value: string) => comesFrom(builder, value, new Set(['Clip'])),
    (value: string) => factors.some((other) => isRepeatedTo(builder, value, other)),
  ];
  for (const test of tests) {
    const [first, second] = factors.map(test);
    if (first !== second) return first === true ? 0 : 1;
  }
  return undefined;
}

function comesFrom(builder: GraphBuilder, value: string, ops: ReadonlySet<string>): boolean {
  const node = builder.producerOf(value);
  if (node === undefined) return false;
  if (ops.has(node.op)) return true;
  const computed = node.inputs.filter((name) => builder.constantOf(name) === undefined);
  return steps.has(node.op) && computed.length === 1 && comesFrom(builder, computed[0] ?? '', ops);
}

/** Whether each number of `value` is multiplied by many of `other`. */
function isRepeatedTo(builder: GraphBuilder, value: string, other: string): boolean {
  const [own, others] = [builder.info(value).shape, builder.info(other).shape];
  const missing = others.length - own.length;
  return others.some((extent, axis) => extent !== 1 && (axis < missing || own[axis - missing] === 1));
}
