import { z } from 'zod';
import { int, ints, text } from '../../attributes.js';
import { float32, int64s } from '../../constants.js';
import { sizeOf } from '@xaigrid/tensor';
import type { Argument } from '../arguments.js';
import { channelsLastShape, type Feature, type LayerImport, type LayerScope } from '../layer-import.js';
import { featureOf } from './elementwise-operations.js';
import { fromKerasOrder, inKerasOrder, insideAxis, kerasShape, permuted, reshapedTo } from './keras-order.js';
import { argumentOf, axesSchema, broadcastShapes, isFeature, operandOf, option, type Operand } from './operands.js';

/** Operations that move, drop or repeat values, reduce axes, or multiply matrices. */

const WHOLE = 2 ** 31 - 1;

/** x[…]: ranges, single positions, new axes and `...`, of all samples. */
const getItem: LayerImport = (scope) => {
  const feature = featureOf(scope);
  const key = argumentOf(scope, 1, ['key', 'slice_spec']);
  const items = key === undefined ? [] : key.kind === 'list' ? key.items : [key];
  const shape = kerasShape(scope, feature);
  const parts = spread(items, shape.length + 1);
  const [samples, ...others] = parts;
  const all = samples?.kind === 'slice' && samples.start === null && samples.stop === null && (samples.step ?? 1) === 1;
  if (!all || others.filter((part) => !isNewAxis(part)).length > shape.length)
    return scope.refuse('it picks samples of the batch, or more axes than there are');
  const cuts: { axis: number; start: number; end: number; step: number }[] = [];
  const target: number[] = [];
  let axis = 0;
  for (const part of others) {
    if (isNewAxis(part)) {
      target.push(1);
      continue;
    }
    const extent = shape[axis] ?? 1;
    axis++;
    if (part.kind === 'plain' && typeof part.value === 'number') {
      const position = part.value < 0 ? part.value + extent : part.value;
      if (position < 0 || position >= extent) return scope.refuse(`it has no position ${String(part.value)}`);
      cuts.push({ axis, start: position, end: position + 1, step: 1 });
    } else if (part.kind === 'slice') {
      const step = part.step ?? 1;
      const positions = sliced(extent, part.start, part.stop, step);
      if (positions.length === 0) return scope.refuse('it picks nothing');
      target.push(positions.length);
      const [first = 0, last = 0] = [positions[0], positions.at(-1)];
      if (positions.length < extent || step < 0)
        cuts.push({ axis, start: first, end: step > 0 ? last + 1 : last === 0 ? -WHOLE : last - 1, step });
    } else return scope.refuse('it picks by something else than numbers, ranges and new axes');
  }
  const cut = cuts.length === 0 ? feature : sliceOf(scope, feature, cuts);
  const dropped = target.length !== shape.length || others.some((part) => part.kind === 'plain');
  return dropped ? reshapedTo(scope, cut, target) : cut;
};

const isNewAxis = (part: Argument<Feature>): boolean => part.kind === 'plain' && part.value === null;

/** With whole axes in place of `...` and of what is not said. */
function spread(items: readonly Argument<Feature>[], rank: number): Argument<Feature>[] {
  const whole: Argument<Feature> = { kind: 'slice', start: null, stop: null, step: null };
  const given = items.filter((item) => item.kind !== 'ellipsis' && !isNewAxis(item)).length;
  const missing = Array.from({ length: Math.max(0, rank - given) }, () => whole);
  const at = items.findIndex(({ kind }) => kind === 'ellipsis');
  return at < 0 ? [...items, ...missing] : [...items.slice(0, at), ...missing, ...items.slice(at + 1)];
}

/** The positions that Python's slice picks. */
function sliced(extent: number, start: number | null, stop: number | null, step: number): number[] {
  const bound = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + extent : at, low), high);
  const from = start === null ? (step > 0 ? 0 : extent - 1) : step > 0 ? bound(start, 0, extent) : bound(start, -1, extent - 1);
  const to = stop === null ? (step > 0 ? extent : -1) : step > 0 ? bound(stop, 0, extent) : bound(stop, -1, extent - 1);
  const count = Math.max(0, Math.ceil((to - from) / (step || 1)));
  return Array.from({ length: count }, (_, index) => from + index * step);
}

function sliceOf(
  scope: LayerScope,
  feature: Feature,
  cuts: readonly { axis: number; start: number; end: number; step: number }[],
): Feature {
  const rank = feature.shape.length;
  const axes = cuts.map(({ axis }) => insideAxis(scope, axis, rank));
  const lists = [cuts.map(({ start }) => start), cuts.map(({ end }) => end), axes, cuts.map(({ step }) => step)];
  const value = scope.node('Slice', [feature.value, ...lists.map((list) => scope.builder.constant(int64s(list), 'slice'))]);
  const shape = kerasShape(scope, feature);
  for (const { axis, start, end, step } of cuts) {
    const stop = end === -WHOLE ? -1 : end;
    shape[axis - 1] = Math.ceil((stop - start) / step);
  }
  return { value, shape: channelsLastShape(shape, scope.order) };
}

/** The layer's axes, 1 and up; all where it says none. */
function axesOf(scope: LayerScope, feature: Feature, names: readonly string[], index: number): number[] {
  const rank = feature.shape.length;
  const given = option(scope, names, index, axesSchema) ?? scope.refuse('it reduces the samples too');
  return given.map((axis) => (axis < 0 ? axis + rank + 1 : axis));
}

const keepdimsOf = (scope: LayerScope) => option(scope, ['keepdims'], 2, z.boolean().nullish()) === true;

/** Reduces axes by `emit`, which keeps them as 1. */
const reduction =
  (emit: (scope: LayerScope, value: string, axes: string) => string): LayerImport =>
  (scope) => {
    const feature = featureOf(scope);
    const axes = axesOf(scope, feature, ['axis'], 1);
    const inside = axes.map((axis) => insideAxis(scope, axis, feature.shape.length));
    const value = emit(scope, feature.value, scope.builder.constant(int64s(inside), 'axes'));
    const kept = kerasShape(scope, feature).map((extent, axis) => (axes.includes(axis + 1) ? 1 : extent));
    const reduced = { value, shape: channelsLastShape(kept, scope.order) };
    const rest = kept.filter((_, axis) => !axes.includes(axis + 1));
    if (keepdimsOf(scope)) return reduced;
    return rest.length === 0 ? reshapedTo(scope, reduced, [1]) : reshapedTo(scope, reduced, rest);
  };

const reduce = (op: string) => reduction(({ node }, value, axes) => node(op, [value, axes], { keepdims: int(1) }));

const variance = (root: boolean) =>
  reduction(({ node }, value, axes) => {
    const mean = (of: string) => node('ReduceMean', [of, axes], { keepdims: int(1) });
    const centred = node('Sub', [value, mean(value)]);
    const found = mean(node('Mul', [centred, centred]));
    return root ? node('Sqrt', [found]) : found;
  });

/** The first extent is that of the samples. */
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

/** The dims without the batch become another order. */
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

const flip: LayerImport = (scope) => {
  const feature = featureOf(scope);
  const shape = kerasShape(scope, feature);
  const axes = axesOf(scope, feature, ['axis'], 1);
  return sliceOf(
    scope,
    feature,
    axes.map((axis) => ({ axis, start: (shape[axis - 1] ?? 1) - 1, end: -WHOLE, step: -1 })),
  );
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

/** The first half along an axis times the sigmoid of the second. */
const gatedLinearUnit: LayerImport = (scope) => {
  const feature = featureOf(scope);
  const rank = feature.shape.length;
  const given = option(scope, ['axis'], 1, z.int().nullish()) ?? -1;
  const axis = given < 0 ? given + rank + 1 : given;
  const extent = kerasShape(scope, feature)[axis - 1] ?? 0;
  if (extent % 2 !== 0) return scope.refuse(`it halves an axis of ${String(extent)}`);
  const half = (start: number) => sliceOf(scope, feature, [{ axis, start, end: start + extent / 2, step: 1 }]);
  const [left, right] = [half(0), half(extent / 2)];
  return { value: scope.node('Mul', [left.value, scope.node('Sigmoid', [right.value])]), shape: left.shape };
};

/** A factor of a product of matrices, as the file has it, with or without samples. */
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

/** By class of Keras 3. */
export const layoutOperations: Readonly<Record<string, LayerImport>> = {
  ...{ GetItem: getItem, Reshape: reshape, Transpose: transpose, Swapaxes: swapAxes, Moveaxis: moveAxis },
  ...{ ExpandDims: expandDims, Squeeze: squeeze, Concatenate: concatenate, Stack: stack, Flip: flip, Repeat: repeat, Tile: tile },
  ...{ Pad: pad, Glu: gatedLinearUnit, Matmul: matMul, Einsum: einsumOperation },
  ...{ Mean: reduce('ReduceMean'), Sum: reduce('ReduceSum'), Max: reduce('ReduceMax'), Min: reduce('ReduceMin') },
  ...{ Var: variance(false), Std: variance(true), Logsumexp: reduce('ReduceLogSumExp'), LogSumExp: reduce('ReduceLogSumExp') },
};

/** By name below `tf.`. */
export const layoutFunctions: Readonly<Record<string, LayerImport>> = {
  ...{ '__operators__.getitem': getItem, reshape, transpose, 'compat.v1.transpose': transpose, expand_dims: expandDims, squeeze },
  ...{ concat: concatenate, stack, 'compat.v1.squeeze': squeeze, repeat, tile, reverse: flip, pad, 'compat.v1.pad': pad },
  ...{ 'linalg.matmul': matMul, matmul: matMul },
  ...{ 'math.reduce_mean': reduce('ReduceMean'), 'math.reduce_sum': reduce('ReduceSum'), 'math.reduce_max': reduce('ReduceMax') },
  ...{ 'math.reduce_min': reduce('ReduceMin'), 'math.reduce_variance': variance(false), 'math.reduce_std': variance(true) },
  'math.reduce_logsumexp': reduce('ReduceLogSumExp'),
};
