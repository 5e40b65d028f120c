import { sizeOf } from '@xaigrid/tensor';
import { ints } from '../../attributes.js';
import { float32, int64s, transposed } from '../../constants.js';
import { channelsLastShape, split, type Feature, type LayerScope } from '../layer-import.js';

/** Values inside are channels first. These functions convert to the axis order of Keras's tensors and back. */

/** For each axis of a channels-first value: the corresponding axis of Keras's channels-last tensor (batch included). */
function axesInside(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: Math.max(rank - 2, 0) }, (_, axis) => axis + 1)].slice(0, rank);
}

/** The shape as the file has it, without the batch. */
export function kerasShape({ order }: Pick<LayerScope, 'order'>, { shape }: Feature): number[] {
  return order === 'channels_last' ? [...shape] : [...shape.slice(-1), ...shape.slice(0, -1)];
}

/** The value with its axes as the file has them. */
export function inKerasOrder(scope: LayerScope, feature: Feature): string {
  return scope.order === 'channels_first' ? feature.value : channelsLast(scope, feature);
}

/** A feature from a value whose axes are in the file's order, `[n, ...shape]`. */
export function fromKerasOrder(scope: LayerScope, value: string, shape: readonly number[]): Feature {
  const own = channelsLastShape(shape, scope.order);
  if (scope.order === 'channels_first' || shape.length < 2) return { value, shape: own };
  const { positions, channels } = split(own);
  if (channels === 1 || sizeOf(positions) === 1) return { value: reshaped(scope, value, [channels, ...positions]), shape: own };
  return { value: scope.node('Transpose', [value], { perm: ints(axesInside(own.length + 1)) }), shape: own };
}

/** The value with its channels moved last. */
function channelsLast(scope: LayerScope, { value, shape }: Feature): string {
  const { positions, channels } = split(shape);
  if (positions.length === 0) return value;
  // With one channel or one position, both orders hold the same values in the same sequence.
  if (channels === 1 || sizeOf(positions) === 1) return reshaped(scope, value, shape);
  const inside = axesInside(shape.length + 1);
  return scope.node('Transpose', [value], { perm: ints(inside.map((_, axis) => inside.indexOf(axis))) });
}

export const reshaped = (scope: LayerScope, value: string, extents: readonly number[]) =>
  scope.node('Reshape', [value, scope.builder.constant(int64s([0, ...extents]), 'shape')]);

/** The values in Keras's order, in another shape of the same size; −1 is the rest. */
export function reshapedTo(scope: LayerScope, feature: Feature, target: readonly number[]): Feature {
  const size = sizeOf(feature.shape);
  const known = target.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  const given = target.map((extent) => (extent === -1 ? size / known : extent));
  if (sizeOf(given) !== size || given.some((extent) => !Number.isInteger(extent) || extent < 1)) {
    return scope.refuse(`[${feature.shape.join(', ')}] cannot become [${target.join(', ')}]`);
  }
  const shape = channelsLastShape(given, scope.order);
  if (scope.order === 'channels_first') return { value: reshaped(scope, feature.value, given), shape };
  const { positions, channels } = split(shape);
  const last = plainlyLast(scope, feature);
  if (positions.length === 0) return { value: reshaped(scope, last, given), shape };
  if (channels === 1 || sizeOf(positions) === 1) return { value: reshaped(scope, last, [channels, ...positions]), shape };
  const value = scope.node('Transpose', [reshaped(scope, last, shape)], { perm: ints(axesInside(shape.length + 1)) });
  return { value, shape };
}

/** Like `channelsLast`, if the shape does not matter because another Reshape follows. */
export function plainlyLast(scope: LayerScope, feature: Feature): string {
  const { positions, channels } = split(feature.shape);
  return channels === 1 || sizeOf(positions) === 1 ? feature.value : channelsLast(scope, feature);
}

/** A feature with its axes permuted. `full` counts axes as in the file, with the batch as axis 0. */
export function permuted(scope: LayerScope, { value, shape }: Feature, full: readonly number[]): Feature {
  // The axis of Keras's tensor for each axis inside.
  const inside = scope.order === 'channels_first' ? [0, ...shape.keys()].map((_, axis) => axis) : axesInside(shape.length + 1);
  const perm = inside.map((axis) => inside.indexOf(full[axis] ?? 0));
  const before = kerasShape(scope, { value, shape });
  const out = full.slice(1).map((axis) => before[axis - 1] ?? 1);
  return { value: scope.node('Transpose', [value], { perm: ints(perm) }), shape: channelsLastShape(out, scope.order) };
}

/**
 * Numbers that broadcast over a feature as in NumPy, as a constant inside. `rank` is the number of the feature's axes without the
 * batch.
 */
export function broadcastConstant(
  scope: LayerScope,
  { data, shape, rank }: { readonly data: Float32Array<ArrayBuffer>; readonly shape: readonly number[]; readonly rank: number },
  what: string,
): string {
  if (data.length === 1) return scope.builder.scalar(data[0] ?? 0);
  const full = [...Array.from({ length: rank + 1 - shape.length }, () => 1), ...shape];
  if (full.length !== rank + 1 || full[0] !== 1)
    return scope.refuse(`an array of [${shape.join(', ')}] does not fit what it is given`);
  const constant = float32(data, full);
  const inside = scope.order === 'channels_first' ? constant : transposed(constant, axesInside(rank + 1));
  return scope.builder.constant(inside, what);
}

/** The axis inside of an axis as the layer counts it (batch included; negative from the end). */
export function insideAxis(scope: LayerScope, axis: number, rank = scope.input.shape.length): number {
  const positive = axis < 0 ? axis + rank + 1 : axis;
  if (!Number.isInteger(axis) || positive < 1 || positive > rank)
    return scope.refuse(positive === 0 ? 'it works along the samples' : `it has no axis ${String(axis)}`);
  return scope.order === 'channels_first' ? positive : positive === rank ? 1 : positive + 1;
}
