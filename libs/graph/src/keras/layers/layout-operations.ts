import { z } from 'zod';
import { sizeOf } from '@xaigrid/tensor';
import { int, text } from '../../attributes.js';
import { int64s } from '../../constants.js';
import { channelsLastShape, type Feature, type LayerImport, type LayerScope } from '../layer-import.js';
import { featureOf } from './elementwise-operations.js';
import { insideAxis, kerasShape, permuted, reshapedTo } from './keras-order.js';
import { argumentOf, axesOf, axesSchema, option } from './operands.js';

/** Operations that move, join or repeat values. */

/** Reshape. The first extent is the number of samples. */
const reshape: LayerImport = (scope) => {
  const feature = featureOf(scope);
  const extents = z.array(z.int().nullable());
  const [samples = null, ...target] = option(scope, ['newshape', 'shape'], 1, extents);
  const known = sizeOf(target.map((extent) => extent ?? -1));
  const free = samples === -1 || samples === null;
  if (!free || (samples === -1 && known !== sizeOf(feature.shape)))
    return scope.refuse('it moves values from one sample to another');
  return reshapedTo(
    scope,
    feature,
    target.map((extent) => extent ?? -1),
  );
};

/** Permutes the axes of a feature, counted with the batch. */
function permutedBy(scope: LayerScope, feature: Feature, full: readonly number[]): Feature {
  const rank = feature.shape.length;
  const positive = full.map((axis) => (axis < 0 ? axis + rank + 1 : axis));
  const sorted = positive.toSorted((a, b) => a - b);
  if (positive[0] !== 0 || sorted.length !== rank + 1 || sorted.some((axis, index) => axis !== index))
    return scope.refuse(`its axes [${full.join(', ')}] do not leave the samples in front`);
  return permuted(scope, feature, positive);
}

const transpose: LayerImport = (scope) =>
  permutedBy(scope, featureOf(scope), option(scope, ['axes', 'perm'], 1, z.array(z.int())));

const swapAxes: LayerImport = (scope) => {
  const feature = featureOf(scope);
  const rank = feature.shape.length + 1;
  const [a, b] = [option(scope, ['axis1'], 1, z.int()), option(scope, ['axis2'], 2, z.int())].map((axis) => (axis + rank) % rank);
  const full = Array.from({ length: rank }, (_, axis) => (axis === a ? (b ?? 0) : axis === b ? (a ?? 0) : axis));
  return permutedBy(scope, feature, full);
};

const moveAxis: LayerImport = (scope) => {
  const feature = featureOf(scope);
  const rank = feature.shape.length + 1;
  const [from, to] = [option(scope, ['source'], 1, axesSchema), option(scope, ['destination'], 2, axesSchema)];
  const [source = [], destination = []] = [from, to].map((axes) => axes?.map((axis) => (axis + rank) % rank));
  const rest = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !source.includes(axis));
  const full = Array.from({ length: rank }, (_, axis) =>
    destination.includes(axis) ? (source[destination.indexOf(axis)] ?? 0) : (rest.shift() ?? 0),
  );
  return permutedBy(scope, feature, full);
};

const expandDims: LayerImport = (scope) => {
  const feature = featureOf(scope);
  const shape = kerasShape(scope, feature);
  const axes = option(scope, ['axis'], 1, axesSchema) ?? [];
  return axes.reduce<Feature>(
    (own, axis) => {
      const extents = kerasShape(scope, own);
      const at = axis < 0 ? axis + extents.length + 2 : axis;
      if (at < 1) return scope.refuse('it puts an axis in front of the samples');
      return reshapedTo(scope, own, extents.toSpliced(at - 1, 0, 1));
    },
    shape.length === 0 ? reshapedTo(scope, feature, [1]) : feature,
  );
};

const squeeze: LayerImport = (scope) => {
  const feature = featureOf(scope);
  const shape = kerasShape(scope, feature);
  const given = option(scope, ['axis'], 1, axesSchema);
  const axes =
    given?.map((axis) => (axis < 0 ? axis + shape.length + 1 : axis) - 1) ??
    shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
  if (axes.some((axis) => shape[axis] !== 1)) return scope.refuse('it drops an axis that is longer than 1');
  return reshapedTo(
    scope,
    feature,
    shape.filter((_, axis) => !axes.includes(axis)),
  );
};

function joined(scope: LayerScope, features: readonly Feature[], axis: number): Feature {
  const [first] = features;
  if (first === undefined) return scope.refuse('it has no inputs');
  const rank = first.shape.length;
  const inside = insideAxis(scope, axis, rank);
  if (features.some(({ shape }) => shape.length !== rank)) return scope.refuse('its inputs have different numbers of axes');
  const at = (axis < 0 ? axis + rank + 1 : axis) - 1;
  const total = features.reduce((sum, feature) => sum + (kerasShape(scope, feature)[at] ?? 0), 0);
  const value = scope.node(
    'Concat',
    features.map((feature) => feature.value),
    { axis: int(inside) },
  );
  return { value, shape: channelsLastShape(kerasShape(scope, first).with(at, total), scope.order) };
}

function featuresOf(scope: LayerScope): readonly Feature[] {
  const all = argumentOf(scope, 0, ['xs', 'values', 'arrays', 'x']);
  const count = all?.kind === 'list' ? all.items.length : 1;
  return count === scope.inputs.length ? scope.inputs : scope.refuse('not all that it joins are tensors');
}

const concatenate: LayerImport = (scope) => joined(scope, featuresOf(scope), option(scope, ['axis'], 1, z.int().nullish()) ?? -1);

const stack: LayerImport = (scope) => {
  const axis = option(scope, ['axis'], 1, z.int().nullish()) ?? 0;
  const apart = featuresOf(scope).map((feature) => {
    const shape = kerasShape(scope, feature);
    const at = axis < 0 ? axis + shape.length + 2 : axis;
    return at < 1 ? scope.refuse('it stacks samples') : reshapedTo(scope, feature, shape.toSpliced(at - 1, 0, 1));
  });
  return joined(scope, apart, axis);
};

const repeat: LayerImport = (scope) => {
  const feature = featureOf(scope);
  const [axis = 0] = axesOf(scope, feature, ['axis'], 2);
  const times = option(scope, ['repeats'], 1, z.int().positive());
  const shape = kerasShape(scope, feature);
  const extent = shape[axis - 1] ?? 1;
  const indices = Array.from({ length: extent * times }, (_, index) => Math.floor(index / times));
  const value = scope.node('Gather', [feature.value, scope.builder.constant(int64s(indices), 'indices')], {
    axis: int(insideAxis(scope, axis, shape.length)),
  });
  return { value, shape: channelsLastShape(shape.with(axis - 1, extent * times), scope.order) };
};

const tile: LayerImport = (scope) => {
  const feature = featureOf(scope);
  const shape = kerasShape(scope, feature);
  const [samples, ...times] = option(scope, ['repeats', 'multiples'], 1, z.array(z.int().positive()));
  if (samples !== 1 || times.length !== shape.length) return scope.refuse('it repeats samples, or adds axes');
  const inside = times.map((_, axis) => insideAxis(scope, axis + 1, shape.length));
  const repeats = [1, ...shape.map((_, index) => times[inside.indexOf(index + 1)] ?? 1)];
  const value = scope.node('Tile', [feature.value, scope.builder.constant(int64s(repeats), 'repeats')]);
  return {
    value,
    shape: channelsLastShape(
      shape.map((extent, axis) => extent * (times[axis] ?? 1)),
      scope.order,
    ),
  };
};

const padModes: Readonly<Record<string, string>> = { constant: 'constant', reflect: 'reflect', edge: 'edge' };

const pad: LayerImport = (scope) => {
  const feature = featureOf(scope);
  const shape = kerasShape(scope, feature);
  const pairs = option(scope, ['pad_width', 'paddings'], 1, z.array(z.tuple([z.int(), z.int()])));
  const mode = padModes[(option(scope, ['mode'], 2, z.string().nullish()) ?? 'constant').toLowerCase()];
  const filled = option(scope, ['constant_values'], 3, z.number().nullish()) ?? 0;
  if (mode === undefined || pairs.length !== shape.length + 1 || pairs[0]?.some((extent) => extent !== 0) !== false)
    return scope.refuse('it pads in a way that is not supported, or pads the samples');
  const inside = shape.map((_, axis) => insideAxis(scope, axis + 1, shape.length));
  const at = (side: 0 | 1) => [0, ...shape.map((_, index) => pairs[inside.indexOf(index + 1) + 1]?.[side] ?? 0)];
  const inputs = [feature.value, scope.builder.constant(int64s([...at(0), ...at(1)]), 'pads'), scope.builder.scalar(filled)];
  const value = scope.node('Pad', inputs, { mode: text(mode) });
  return {
    value,
    shape: channelsLastShape(
      shape.map((extent, axis) => extent + (pairs[axis + 1]?.[0] ?? 0) + (pairs[axis + 1]?.[1] ?? 0)),
      scope.order,
    ),
  };
};

/** The operations of Keras 3 by class. */
export const layoutOperations: Readonly<Record<string, LayerImport>> = {
  ...{ Reshape: reshape, Transpose: transpose, Swapaxes: swapAxes, Moveaxis: moveAxis, ExpandDims: expandDims, Squeeze: squeeze },
  ...{ Concatenate: concatenate, Stack: stack, Repeat: repeat, Tile: tile, Pad: pad },
};

/** TensorFlow's functions by their names below `tf.`. */
export const layoutFunctions: Readonly<Record<string, LayerImport>> = {
  ...{ reshape, transpose, 'compat.v1.transpose': transpose, expand_dims: expandDims, squeeze, 'compat.v1.squeeze': squeeze },
  ...{ concat: concatenate, stack, repeat, tile, pad, 'compat.v1.pad': pad },
};
