import { z } from 'zod';
import type { LayerImport } from '../layer-import.js';
import { activate } from './activation-functions.js';
import { merge } from './merge.js';

/** Arithmetic of two operands, one of which may be a number: what `x + 3` becomes in a Functional model. */
const arithmetic =
  (op: string): LayerImport =>
  (scope) => {
    const [a, b, ...others] = scope.operands;
    if (a === undefined || b === undefined || others.length > 0) return scope.refuse(`it has ${scope.operands.length} operands`);
    if (typeof a !== 'number' && typeof b !== 'number') return merge(onnx[op] ?? 'Add')(scope);
    const valueOf = (operand: typeof a) => (typeof operand === 'number' ? scope.builder.scalar(operand) : operand.value);
    return { value: scope.node(onnx[op] ?? 'Add', [valueOf(a), valueOf(b)]), shape: scope.input.shape };
  };

const onnx: Readonly<Record<string, string>> = { Add: 'Add', Subtract: 'Sub', Multiply: 'Mul', Divide: 'Div' };

const activation =
  (name: string): LayerImport =>
  (scope) => ({ value: activate(scope, scope.input.value, name), shape: scope.input.shape });

/** Keras 3's operations (`keras.ops`) by class. */
export const operations: ReadonlyMap<string, LayerImport> = new Map([
  ['Add', arithmetic('Add')],
  ['Subtract', arithmetic('Subtract')],
  ['Multiply', arithmetic('Multiply')],
  ['Divide', arithmetic('Divide')],
  ['TrueDivide', arithmetic('Divide')],
  ...Object.entries({
    ...{ Relu: 'relu', Relu6: 'relu6', Sigmoid: 'sigmoid', Silu: 'silu', Softmax: 'softmax', Tanh: 'tanh' },
    ...{ HardSigmoid: 'hard_sigmoid', HardSilu: 'hard_silu', Elu: 'elu', Selu: 'selu', Softplus: 'softplus' },
  }).map(([className, name]) => [className, activation(name)] as const),
]);

/** TensorFlow functions that Keras 2 wraps as layers of class TFOpLambda. */
const functions: Readonly<Record<string, LayerImport>> = {
  ...Object.fromEntries(
    Object.entries({ add: 'Add', sub: 'Subtract', mul: 'Multiply', truediv: 'Divide' }).map(([name, op]) => [
      `__operators__.${name}`,
      arithmetic(op),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries({ add: 'Add', subtract: 'Subtract', multiply: 'Multiply', truediv: 'Divide', divide: 'Divide' }).map(
      ([name, op]) => [`math.${name}`, arithmetic(op)],
    ),
  ),
  ...Object.fromEntries(
    ['nn.relu', 'nn.relu6', 'nn.silu', 'nn.softmax', 'math.sigmoid', 'math.tanh', 'nn.sigmoid', 'nn.tanh'].map((name) => [
      name,
      activation(name.split('.')[1] ?? ''),
    ]),
  ),
};

const tensorFlowFunction: LayerImport = (scope) => {
  const { function: name } = scope.config(z.object({ function: z.string() }));
  const own = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (own === undefined) return scope.refuse(`it calls tf.${name}; supported: ${Object.keys(functions).join(', ')}`);
  return own(scope);
};

export const operationLayers: Readonly<Record<string, LayerImport>> = { TFOpLambda: tensorFlowFunction };
