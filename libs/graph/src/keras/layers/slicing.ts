import { z } from 'zod';
import { int64s } from '../../constants.js';
import type { Argument } from '../arguments.js';
import { channelsLastShape, type Feature, type LayerImport, type LayerScope } from '../layer-import.js';
import { featureOf } from './elementwise-operations.js';
import { insideAxis, kerasShape, reshapedTo } from './keras-order.js';
import { argumentOf, axesOf, option } from './operands.js';

/** Operations that pick positions. */

const WHOLE = 2 ** 31 - 1;

/** x[…] with ranges, single positions, new axes and `...`, for all samples. */
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

/** The items with whole axes in place of `...` and of missing items. */
function spread(items: readonly Argument<Feature>[], rank: number): Argument<Feature>[] {
  const whole: Argument<Feature> = { kind: 'slice', start: null, stop: null, step: null };
  const given = items.filter((item) => item.kind !== 'ellipsis' && !isNewAxis(item)).length;
  const missing = Array.from({ length: Math.max(0, rank - given) }, () => whole);
  const at = items.findIndex(({ kind }) => kind === 'ellipsis');
  return at < 0 ? [...items, ...missing] : [...items.slice(0, at), ...missing, ...items.slice(at + 1)];
}

/** The positions that a slice in Python selects. */
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

/** The first half along an axis times the sigmoid of the second half. */
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

/** Splits an axis: into equal parts, into parts of given lengths, or before given positions. */
function parts(scope: LayerScope, lengthsOf: (extent: number) => readonly number[], axisIndex: number): Feature {
  const feature = featureOf(scope);
  const rank = feature.shape.length;
  const given = option(scope, ['axis'], axisIndex, z.int().nullish()) ?? 0;
  const axis = given < 0 ? given + rank + 1 : given;
  if (axis < 1) return scope.refuse('it takes samples apart');
  const lengths = lengthsOf(kerasShape(scope, feature)[axis - 1] ?? 0);
  let start = 0;
  const all = lengths.map((length) => {
    const own = sliceOf(scope, feature, [{ axis, start, end: start + length, step: 1 }]);
    start += length;
    return own;
  });
  return first(scope, all);
}

function first(scope: LayerScope, all: readonly Feature[]): Feature {
  const [own, ...others] = all;
  return own === undefined ? scope.refuse('it has no parts') : { ...own, others };
}

const evenly = (scope: LayerScope, extent: number, count: number): number[] =>
  extent % count === 0
    ? Array.from({ length: count }, () => extent / count)
    : scope.refuse(`it cuts an axis of ${String(extent)} into ${String(count)} equal parts`);

/** `keras.ops.split`: into a number of parts, or before given positions. */
const splitBefore: LayerImport = (scope) => {
  const cuts = option(scope, ['indices_or_sections'], 1, z.union([z.int().positive(), z.array(z.int().nonnegative())]));
  const between = (extent: number) => [...(Array.isArray(cuts) ? cuts : []), extent];
  return parts(
    scope,
    (extent) =>
      Array.isArray(cuts) ? between(extent).map((end, at, ends) => end - (ends[at - 1] ?? 0)) : evenly(scope, extent, cuts),
    2,
  );
};

/** `tf.split`: into a number of parts, or into parts of given lengths. */
const splitInto: LayerImport = (scope) => {
  const sizes = option(scope, ['num_or_size_splits'], 1, z.union([z.int().positive(), z.array(z.int().positive())]));
  return parts(scope, (extent) => (Array.isArray(sizes) ? sizes : evenly(scope, extent, sizes)), 2);
};

/** Each position of an axis as an output of its own. */
const unstack: LayerImport = (scope) => {
  const whole = parts(scope, (extent) => evenly(scope, extent, extent), 2);
  const axis = option(scope, ['axis'], 2, z.int().nullish()) ?? 0;
  const all = [whole, ...(whole.others ?? [])].map((own) => {
    const shape = kerasShape(scope, own);
    const rest = shape.toSpliced((axis < 0 ? axis + shape.length + 1 : axis) - 1, 1);
    return reshapedTo(scope, own, rest.length === 0 ? [1] : rest);
  });
  return first(scope, all);
};

/** The operations of Keras 3 by class. */
export const slicingOperations: Readonly<Record<string, LayerImport>> = {
  ...{ GetItem: getItem, Flip: flip, Glu: gatedLinearUnit, Split: splitBefore, Unstack: unstack },
};

/** TensorFlow's functions by their names below `tf.`. */
export const slicingFunctions: Readonly<Record<string, LayerImport>> = {
  ...{ '__operators__.getitem': getItem, reverse: flip, split: splitInto, unstack },
};
