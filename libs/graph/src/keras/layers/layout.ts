import { z } from 'zod';
import { ints } from '../../attributes.js';
import { int64s } from '../../constants.js';
import { sizeOf } from '@xaigrid/tensor';
import { split, type Feature, type LayerImport, type LayerScope } from '../layer-import.js';
import { requireChannelsLast } from './activation.js';
import { flattenSchema, zeroPaddingSchema } from './schemas.js';

/** For each axis of a channels-first value, which axis of Keras's channels-last tensor (batch included) it is. */
function axesInside(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: Math.max(rank - 2, 0) }, (_, axis) => axis + 1)].slice(0, rank);
}

/** The value with its channels moved last, where Keras has them. */
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
  const config = scope.config(flattenSchema);
  const { input } = scope;
  if (config.data_format === 'channels_first') return scope.refuse('its data_format is channels_first');
  const units = sizeOf(input.shape);
  if (input.shape.length === 1) return input;
  return { value: reshaped(scope, channelsLast(scope, input), [units]), shape: [units] };
};

/** Works on Keras's order of values: out of channels first, and back into it. */
const reshape: LayerImport = (scope) => {
  const { target_shape: target } = scope.config(z.object({ target_shape: z.array(z.int()).min(1) }));
  const size = sizeOf(scope.input.shape);
  const known = target.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  const shape = target.map((extent) => (extent === -1 ? size / known : extent));
  if (sizeOf(shape) !== size || shape.some((extent) => !Number.isInteger(extent) || extent < 1)) {
    return scope.refuse(`[${scope.input.shape.join(', ')}] cannot become [${target.join(', ')}]`);
  }
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
  const inside = axesInside(shape.length + 1);
  const full = [0, ...dims];
  const perm = inside.map((axis) => inside.indexOf(full[axis] ?? 0));
  return { value: scope.node('Transpose', [value], { perm: ints(perm) }), shape: dims.map((axis) => shape[axis - 1] ?? 1) };
};

const zeroPadding =
  (rank: number): LayerImport =>
  (scope) => {
    const config = scope.config(zeroPaddingSchema);
    requireChannelsLast(scope, config.data_format, rank);
    const { positions, channels } = split(scope.input.shape);
    const { padding } = config;
    // ZeroPadding1D writes [begin, end] where 2-D writes [[top, bottom], [left, right]].
    const perAxis = Array.isArray(padding) && rank === 1 && typeof padding[0] === 'number' ? [padding] : padding;
    const borders = positions.map((_, axis) => {
      const own = Array.isArray(perAxis) ? perAxis[axis] : perAxis;
      if (own === undefined) return scope.refuse('its padding has too few entries');
      return Array.isArray(own) ? own.map(Number) : [own, own];
    });
    const begins = borders.map(([begin = 0]) => begin);
    const ends = borders.map(([, end = 0]) => end);
    const pads = scope.builder.constant(int64s([0, 0, ...begins, 0, 0, ...ends]), 'pads');
    const out = positions.map((extent, axis) => extent + (begins[axis] ?? 0) + (ends[axis] ?? 0));
    return { value: scope.node('Pad', [scope.input.value, pads]), shape: [...out, channels] };
  };

export const layoutLayers: Readonly<Record<string, LayerImport>> = {
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
};
