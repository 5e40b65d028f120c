import { division, linear, multiplication } from './bilinear.js';
import type { DeepLiftRule } from './deeplift-rule.js';
import { rescale } from './elementwise.js';
import { maxPooling } from './max-pooling.js';
import { piecewiseLinear } from './piecewise-linear.js';
import { softmax } from './softmax.js';

/** Operators that are linear in what they are differentiated by; Gemm, MatMul, Mul and Div only with one such input. */
const linearOps = [
  ...['Conv', 'Gemm', 'MatMul', 'Add', 'Sub', 'Sum', 'Neg', 'Mul', 'Div', 'BatchNormalization'],
  ...['AveragePool', 'GlobalAveragePool', 'ReduceMean', 'ReduceSum'],
  ...[
    'Identity',
    'Dropout',
    'Cast',
    'Reshape',
    'Flatten',
    'Squeeze',
    'Unsqueeze',
    'Transpose',
    'Concat',
    'Pad',
    'Slice',
    'Split',
    'Expand',
  ],
];

const elementwiseOps = [
  ...['LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Sigmoid', 'HardSigmoid', 'Tanh', 'Softplus', 'Softsign', 'Exp', 'Log', 'Sqrt', 'Abs'],
  ...['Reciprocal', 'Erf', 'Pow'],
];

const rules: ReadonlyMap<string, DeepLiftRule> = new Map([
  ...linearOps.map((op) => [op, linear] as const),
  ...elementwiseOps.map((op) => [op, rescale] as const),
  ['Relu', piecewiseLinear],
  ['Clip', piecewiseLinear],
  ['MaxPool', maxPooling],
  ['GlobalMaxPool', maxPooling],
  ['Softmax', softmax],
]);

/** Rules for operators that are not linear in two inputs at once. */
const twoInputRules: ReadonlyMap<string, DeepLiftRule | undefined> = new Map([
  ['Mul', multiplication],
  ['Div', division],
  ['Gemm', undefined],
  ['MatMul', undefined],
]);

export const deepLiftOperators: readonly string[] = [...rules.keys()];

/** @param varying which of the node's inputs depend on the model's input */
export function deepLiftRuleFor(op: string, varying: readonly boolean[]): DeepLiftRule | undefined {
  const several = op === 'Div' ? varying[1] === true : varying.filter(Boolean).length > 1;
  return several && twoInputRules.has(op) ? twoInputRules.get(op) : rules.get(op);
}
