import { z } from 'zod';
import { sizeOf } from '@xaigrid/tensor';
import type { Argument } from '../arguments.js';
import type { Feature, LayerScope } from '../layer-import.js';
import { broadcastConstant, kerasShape, reshapedTo } from './keras-order.js';

/** An operand of an operation: the output of a layer, or numbers. */
export type Operand = Feature | { readonly data: Float32Array<ArrayBuffer>; readonly shape: readonly number[] };

export const isFeature = (operand: Operand): operand is Feature => 'value' in operand;

/** Argument `index` of the call, or the keyword argument with one of `names`. Undefined if there is none. */
export function argumentOf(scope: LayerScope, index: number, names: readonly string[]): Argument<Feature> | undefined {
  const { args, keywords } = scope.call;
  return args[index] ?? names.map((name) => keywords[name]).find((argument) => argument !== undefined);
}

/**
 * The operand that an argument is.
 * @throws MODEL_UNSUPPORTED for an argument that is neither a tensor nor numbers
 */
export function operandOf(scope: LayerScope, argument: Argument<Feature> | undefined): Operand {
  if (argument?.kind === 'tensor') return argument.tensor;
  const numbers = argument === undefined ? undefined : nested(argument);
  const shape = numbers === undefined ? undefined : shapeOfList(numbers);
  if (shape === undefined) return scope.refuse('one of its operands is neither a tensor nor numbers');
  const data = Float32Array.from([numbers].flat(64).map(Number));
  return data.length === sizeOf(shape) ? { data, shape } : scope.refuse('one of its operands is a ragged list');
}

/** A plain JSON value. Undefined if it contains a tensor. */
function nested(argument: Argument<Feature>): unknown {
  if (argument.kind === 'plain' || argument.kind === 'array') return argument.value;
  return argument.kind === 'list' ? argument.items.map(nested) : undefined;
}

function shapeOfList(value: unknown): number[] | undefined {
  if (typeof value === 'number') return [];
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const inner = shapeOfList(value[0]);
  return inner && [value.length, ...inner];
}

/** An option of an operation: from the configuration (Keras 3), or from the arguments (Keras 2 and 3). */
export function option<T>(scope: LayerScope, names: readonly string[], index: number, schema: z.ZodType<T>): T {
  const argument = argumentOf(scope, index, names);
  const config = scope.config(z.record(z.string(), z.unknown()));
  const value = argument === undefined ? names.map((name) => config[name]).find((own) => own !== undefined) : nested(argument);
  const read = schema.safeParse(value);
  return read.success ? read.data : scope.refuse(`its ${names[0] ?? 'option'} cannot be read`);
}

export const axesSchema = z
  .union([z.int().transform((axis) => [axis]), z.array(z.int())])
  .nullish()
  .transform((axes) => axes ?? undefined);

/** The axes of the operation, counted from 1. */
export function axesOf(scope: LayerScope, feature: Feature, names: readonly string[], index: number): number[] {
  const rank = feature.shape.length;
  const given = option(scope, names, index, axesSchema) ?? scope.refuse('it says no axes, and would work along the samples too');
  return given.map((axis) => (axis < 0 ? axis + rank + 1 : axis));
}

/** The broadcast shape as in NumPy, in the file's order of axes. */
export function broadcastShapes(scope: LayerScope, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const extent = (shape: readonly number[], axis: number) => shape[axis - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => {
    const [own, other] = [extent(a, axis), extent(b, axis)];
    if (own !== other && own !== 1 && other !== 1)
      scope.refuse(`its inputs of [${a.join(', ')}] and [${b.join(', ')}] do not fit`);
    return own === 1 ? other : own;
  });
}

/** The operands as values that broadcast inside, and their common shape in the file's order. */
export function together(
  scope: LayerScope,
  operands: readonly Operand[],
): { readonly values: string[]; readonly shape: number[] } {
  const features = operands.filter(isFeature);
  const rank = Math.max(...features.map(({ shape }) => shape.length));
  if (features.some(({ shape }) => shape.length !== rank)) return scope.refuse('its inputs have different numbers of axes');
  const shapes = operands.map((operand) => (isFeature(operand) ? kerasShape(scope, operand) : operand.shape));
  const shape = shapes.reduce<number[]>((all, own) => broadcastShapes(scope, all, own.length > rank ? own.slice(1) : own), []);
  const values = operands.map((operand) =>
    isFeature(operand) ? operand.value : broadcastConstant(scope, { ...operand, rank }, 'operand'),
  );
  return { values, shape };
}

/** The inputs of a merging layer. Inputs with fewer axes get axes of 1 after the samples, as in Keras. */
export function withEqualRanks(scope: LayerScope, inputs: readonly Feature[]): Feature[] {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  return inputs.map((input) => {
    const missing = rank - input.shape.length;
    if (missing === 0) return input;
    return reshapedTo(scope, input, [...Array.from({ length: missing }, () => 1), ...kerasShape(scope, input)]);
  });
}
