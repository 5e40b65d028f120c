import { textOf } from '../attributes.js';
import { constantOf } from '../constants.js';
import type { GraphNode } from '../graph.js';
import { takenApart, type TakenApart } from './taken-apart.js';

/**
 * Gelu, an operator since set 20, in operators of set 18: x·(1 + erf(x/√2))/2, or with `approximate: tanh` x·(1 + tanh(√(2/π)·(x
 * + 0.044715·x³)))/2. The last node keeps the name.
 */
export function gelu(node: GraphNode, addConstant: TakenApart['constant']): GraphNode[] {
  const [x = ''] = node.inputs;
  const { step, last } = takenApart(node, addConstant);
  const scalar = (what: string, value: number): string => addConstant(what, constantOf('float', [], [value]));
  const half = step('half', 'Mul', [x, scalar('0.5', 0.5)]);
  let share: string;
  if (textOf(node, 'approximate', 'none') === 'tanh') {
    const square = step('square', 'Mul', [x, x]);
    const bend = step('bend', 'Mul', [square, scalar('0.044715', 0.044715)]);
    const slope = step('slope', 'Add', [bend, scalar('1', 1)]);
    const bent = step('bent', 'Mul', [x, slope]);
    share = step('tanh', 'Tanh', [step('scaled', 'Mul', [bent, scalar('√(2/π)', Math.sqrt(2 / Math.PI))])]);
  } else {
    share = step('erf', 'Erf', [step('scaled', 'Mul', [x, scalar('√½', Math.SQRT1_2)])]);
  }
  const weight = step('weight', 'Add', [share, scalar('one', 1)]);
  return last('Mul', [half, weight]);
}
