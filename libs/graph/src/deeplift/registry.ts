import type { SoftmaxRule } from '@xaigrid/contracts';
import { division, linear, matrixProduct, multiplication } from './bilinear.js';
import { decomposedOperators } from './decompose.js';
import type { DeepLiftRule } from './deeplift-rule.js';
import { rescale } from './elementwise.js';
import { extremeOfTwo, extremeReduction } from './extremes.js';
import { logSoftmax } from './log-softmax.js';
import { maxPooling } from './max-pooling.js';
import { piecewiseLinear } from './piecewise-linear.js';
import { softmax } from './softmax.js';
import { softmaxAsShap } from './softmax-shap.js';

/** Operators that are linear in their differentiated input. Those in `twoInputRules` are so only with one such input. */
const linearOps = [
  ...['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Sub', 'Sum', 'Mean', 'Neg', 'Mul', 'Div', 'BatchNormalization'],
  ...['AveragePool', 'GlobalAveragePool', 'ReduceMean', 'ReduceSum', 'CumSum', 'Resize', 'Where'],
  ...['Identity', 'Dropout', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Concat', 'Pad', 'Slice'],
  ...['Split', 'Expand', 'Tile', 'Gather', 'DepthToSpace', 'SpaceToDepth'],
];

const elementwiseOps = [
  ...['LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Celu', 'ThresholdedRelu', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Mish', 'Tanh'],
  ...['Softplus', 'Softsign', 'Exp', 'Log', 'Sqrt', 'Abs', 'Reciprocal', 'Erf', 'Pow', 'Max', 'Min'],
  ...['Sign', 'Floor', 'Ceil', 'Round'],
];

const rules: ReadonlyMap<string, DeepLiftRule> = new Map([
  ...linearOps.map((op) => [op, linear] as const),
  ...elementwiseOps.map((op) => [op, rescale] as const),
  ['Relu', piecewiseLinear],
  ['Clip', piecewiseLinear],
  ['MaxPool', maxPooling],
  ['GlobalMaxPool', maxPooling],
  ['ReduceMax', extremeReduction],
  ['ReduceMin', extremeReduction],
  ['Softmax', softmax],
  ['LogSoftmax', logSoftmax],
]);

/** Rules for operators that are not linear in two inputs together. */
const twoInputRules: ReadonlyMap<string, DeepLiftRule | undefined> = new Map([
  ['Mul', multiplication],
  ['Div', division],
  ['MatMul', matrixProduct],
  ['Max', extremeOfTwo],
  ['Min', extremeOfTwo],
  ['Gemm', undefined],
  ['Pow', undefined],
  ['Conv', undefined],
  ['ConvTranspose', undefined],
  ['BatchNormalization', undefined],
  ['Clip', undefined],
  ['PRelu', undefined],
]);

export const deepLiftOperators: readonly string[] = [...rules.keys(), ...decomposedOperators];

/**
 * The DeepLIFT rule of a node. Undefined if there is none.
 * @param varying which of the node's inputs depend on the model's input
 */
export function deepLiftRuleFor(
  op: string,
  { varying, softmaxRule }: { readonly varying: readonly boolean[]; readonly softmaxRule: SoftmaxRule },
): DeepLiftRule | undefined {
  if (op === 'Softmax' && softmaxRule === 'shap') return softmaxAsShap;
  // These are linear in the branches but not in the condition, and in the looked-up values but not in the indices.
  if ((op === 'Where' && varying[0] === true) || (op === 'Gather' && varying[1] === true)) return undefined;
  if (op === 'Pow' && varying[1] === true) return undefined;
  const several = op === 'Div' ? varying[1] === true : varying.filter(Boolean).length > 1;
  return several && twoInputRules.has(op) ? twoInputRules.get(op) : rules.get(op);
}
