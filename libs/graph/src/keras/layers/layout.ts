import { z } from 'zod';
import { ints } from '../../attributes.js';
import { int64s } from '../../constants.js';
import { sizeOf } from '@xaigrid/tensor';
import { channelsLastShape, split, type Feature, type LayerImport, type LayerScope } from '../layer-import.js';
import { flattenSchema } from './schemas.js';

/** For each axis of a channels-first value, which axis of Keras's channels-last tensor (batch included) it is. */
function axesInside(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: Math.max(rank - 2, 0) }, (_, axis) => axis + 1)].slice(0, rank);
}

/** The value with its channels moved last. */
function channelsLast(scope: LayerScope, { value, shape }: Feature): string {
  const { positions, channels } = split(shape);
  // With one channel or one position both orders are the same.
  if (channels === 1 || sizeOf(positions) === 1) return value;
  const inside = axesInside(shape.length + 1);
  return scope.node('Transpose', [value], { perm: ints(inside.map((_, axis) => inside.indexOf(axis))) });
}

const reshaped = (scope: LayerScope, value: string, extents: readonly number[]) =>
  scope.node('Reshape', [value, scope.builder.constant(int64s([0, ...extents]), 'shape')]);

const flatten: LayerImport = (scope) => {
  const { data_format: format } = scope.config(flattenSchema);
  const { input, order } = scope;
  const units = sizeOf(input.shape);
  if (input.shape.length === 1) return input;
  if (order === 'channels_last' && format === 'channels_first') return scope.refuse('its data_format is channels_first');
  // A channels-first model's Flatten moves the channels last, unless told that they are where they should be.
  const asItIs = order === 'channels_first' && format !== 'channels_first';
  return { value: reshaped(scope, asItIs ? input.value : channelsLast(scope, input), [units]), shape: [units] };
};

/** Works on Keras's order of values: out of channels first, and back into it. */
const reshape: LayerImport = (scope) => {
  const { target_shape: target } = scope.config(z.object({ target_shape: z.array(z.int()).min(1) }));
  const size = sizeOf(scope.input.shape);
  const known = target.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  const given = target.map((extent) => (extent === -1 ? size / known : extent));
  if (sizeOf(given) !== size || given.some((extent) => !Number.isInteger(extent) || extent < 1)) {
    return scope.refuse(`[${scope.input.shape.join(', ')}] cannot become [${target.join(', ')}]`);
  }
  const shape = channelsLastShape(given, scope.order);
  if (scope.order === 'channels_first') return { value: reshaped(scope, scope.input.value, given), shape };
  const { positions, channels } = split(shape);
  const last = channelsLast(scope, scope.input);
  if (channels === 1 || sizeOf(positions) === 1) return { value: reshaped(scope, last, [channels, ...positions]), shape };
  const value = scope.node('Transpose', [reshaped(scope, last, shape)], { perm: ints(axesInside(shape.length + 1)) });
  return { value, shape };
};

const permute: LayerImport = (scope) => {
  const { dims } = scope.config(z.object({ dims: z.array(z.int().positive()) }));
  const { value, shape } = scope.input;
  if (dims.toSorted((a, b) => a - b).some((axis, index) => axis !== index + 1) || dims.length !== shape.length) {
    return scope.refuse(`its dims [${dims.join(', ')}] are not a permutation of its input's axes`);
  }
  // Which axis of Keras's tensor each axis inside is.
  const inside = scope.order === 'channels_first' ? [0, ...shape.keys()].map((_, axis) => axis) : axesInside(shape.length + 1);
  const full = [0, ...dims];
  const perm = inside.map((axis) => inside.indexOf(full[axis] ?? 0));
  const out = dims.map((axis) => shape[scope.axis(axis) ?? 0] ?? 1);
  return { value: scope.node('Transpose', [value], { perm: ints(perm) }), shape: channelsLastShape(out, scope.order) };
};

export const layoutLayers: Readonly<Record<string, LayerImport>> = { Flatten: flatten, Reshape: reshape, Permute: permute };
