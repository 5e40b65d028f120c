import { z } from 'zod';
import { ints, text } from '../../attributes.js';
import { float32 } from '../../constants.js';
import type { Feature, LayerImport, LayerScope } from '../layer-import.js';
import { fromKerasOrder, inKerasOrder, kerasShape } from './keras-order.js';
import { argumentOf, broadcastShapes, isFeature, operandOf, option, type Operand } from './operands.js';

/** Operations that multiply matrices. A matrix may differ by sample or be the same for all. */

/** A factor of a matrix product with axes as in the file, with or without samples. */
function factor(scope: LayerScope, operand: Operand, turned: boolean): { value: string; shape: readonly (number | null)[] } {
  const own = isFeature(operand)
    ? { value: inKerasOrder(scope, operand), shape: [null, ...kerasShape(scope, operand)] }
    : { value: scope.builder.constant(float32(operand.data, operand.shape), 'matrix'), shape: operand.shape };
  if (!turned) return own;
  const rank = own.shape.length;
  const perm = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
  return {
    value: scope.node('Transpose', [own.value], { perm: ints(perm) }),
    shape: perm.map((axis) => own.shape[axis] ?? null),
  };
}

const matMul: LayerImport = (scope) => {
  const turned = (...names: string[]) => names.some((name) => option(scope, [name], 99, z.boolean().nullish()) === true);
  const a = factor(scope, operandOf(scope, argumentOf(scope, 0, ['x1', 'a', 'x'])), turned('transpose_a', 'adjoint_a'));
  const b = factor(scope, operandOf(scope, argumentOf(scope, 1, ['x2', 'b', 'y'])), turned('transpose_b', 'adjoint_b'));
  if (a.shape.length < 2 || b.shape.length < 2 || a.shape[0] !== null) return scope.refuse('its factors are no matrices');
  if (a.shape.length === 2 && b.shape[0] === null) return scope.refuse('it multiplies one sample with another');
  if (b.shape[0] === null && a.shape.length !== b.shape.length) return scope.refuse('its inputs have different numbers of axes');
  if (a.shape.at(-1) !== b.shape.at(-2)) return scope.refuse('its factors do not fit');
  const stacks = broadcastShapes(
    scope,
    a.shape.slice(1, -2).map(Number),
    b.shape.slice(b.shape[0] === null ? 1 : 0, -2).map(Number),
  );
  const shape = [...stacks, ...(a.shape.length === 2 ? [] : [Number(a.shape.at(-2))]), Number(b.shape.at(-1))];
  return fromKerasOrder(scope, scope.node('MatMul', [a.value, b.value]), shape);
};

/** Einsum over values whose first axis is that of the samples. */
export function einsum(scope: LayerScope, equation: string, operands: readonly Operand[]): Feature {
  const values = operands.map((operand) => factor(scope, operand, false));
  const value = scope.node(
    'Einsum',
    values.map((own) => own.value),
    { equation: text(equation) },
  );
  const { shape } = scope.builder.info(value);
  const [samples, ...extents] = shape;
  if (samples !== null || extents.some((extent) => extent === null))
    return scope.refuse(`its equation "${equation}" does not keep the samples apart and in front`);
  return fromKerasOrder(scope, value, extents.map(Number));
}

const einsumOperation: LayerImport = (scope) => {
  const [first, ...others] = scope.call.args;
  const given = first?.kind === 'plain' && typeof first.value === 'string' ? first.value : undefined;
  const equation = given ?? option(scope, ['subscripts', 'equation'], 99, z.string());
  const operands = (given === undefined ? scope.call.args : others).map((argument) => operandOf(scope, argument));
  return einsum(scope, equation, operands);
};

/** The operations of Keras 3 by class. */
export const matrixOperations: Readonly<Record<string, LayerImport>> = { Matmul: matMul, Einsum: einsumOperation };

/** TensorFlow's functions by their names below `tf.`. */
export const matrixFunctions: Readonly<Record<string, LayerImport>> = { 'linalg.matmul': matMul, matmul: matMul };
