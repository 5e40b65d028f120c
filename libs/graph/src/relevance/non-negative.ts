import type { GraphBuilder } from '../builder.js';
import { numbersOf } from '../constants.js';
import type { GraphNode } from '../graph.js';

/** Operators whose values are never below 0. */
const positive = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Softplus', 'Exp', 'Abs']);
/** Operators that choose, move or average values of their first input. */
const ofFirst = new Set([
  ...['MaxPool', 'GlobalMaxPool', 'AveragePool', 'GlobalAveragePool', 'ReduceMax', 'ReduceMean', 'ReduceSum'],
  ...['Identity', 'Dropout', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Slice', 'Split', 'Expand', 'Gather'],
]);
/** Operators that keep this of all inputs. */
const ofAll = new Set(['Add', 'Sum', 'Mul', 'Concat', 'Max']);

/** Whether a value is known to have no number below 0, as behind a ReLU. Then half of some rules has nothing to share. */
export function isNonNegative(builder: GraphBuilder, value: string): boolean {
  const node = builder.producerOf(value);
  if (node === undefined) return constantIsNonNegative(builder, value);
  const of = (index: number) => isNonNegative(builder, node.inputs[index] ?? '');
  if (positive.has(node.op)) return true;
  if (ofFirst.has(node.op)) return of(0);
  if (ofAll.has(node.op)) return node.inputs.every((_, index) => of(index));
  if (node.op === 'Clip') return constantIsNonNegative(builder, node.inputs[1] ?? '');
  return node.op === 'Pad' && of(0) && padsWithNoNegative(builder, node);
}

function constantIsNonNegative(builder: GraphBuilder, value: string): boolean {
  const constant = builder.constantOf(value);
  return constant !== undefined && numbersOf(constant).every((number) => number >= 0);
}

function padsWithNoNegative(builder: GraphBuilder, { inputs }: GraphNode): boolean {
  return (inputs[2] ?? '') === '' || constantIsNonNegative(builder, inputs[2] ?? '');
}
