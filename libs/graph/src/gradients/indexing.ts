import { int, ints, numberOf, textOf } from '../attributes.js';
import { int64s } from '../constants.js';
import type { Shape } from '../graph.js';
import { axisOf } from '../shapes/shape-rule.js';
import { knownValues, refuse, type GradientRule, type GradientScope } from './gradient-rule.js';

/** A selection along one axis of an input: output position i is input position `indices[i]`. The axis has the given extent. */
interface Selection {
  readonly axis: number;
  readonly indices: readonly number[];
  readonly extent: number;
}

/**
 * The gradient of taking `indices` along an axis: every input position gets the sum over the output positions that show it. It
 * avoids scattering, which ONNX Runtime does on one thread. Instead, position j of the result gathers from where j was shown, or
 * from an appended zero. This is repeated as often as the most frequent position was shown. A range is padded with zeros.
 */
function selectionGradient(scope: GradientScope, gradient: string, { axis, indices, extent }: Selection): string {
  const { builder } = scope;
  const [first = 0] = indices;
  const rank = scope.inputInfo(0).shape.length;
  const padded = (before: number, after: number) => {
    const pads = new Array<number>(2 * rank)
      .fill(0)
      .with(axis, before)
      .with(rank + axis, after);
    return builder.node('Pad', [gradient, builder.constant(int64s(pads), 'pads')]);
  };
  if (indices.every((index, i) => index === first + i)) {
    return indices.length === extent ? gradient : padded(first, extent - first - indices.length);
  }
  const shownAt = Array.from({ length: extent }, (): number[] => []);
  indices.forEach((index, i) => shownAt[index]?.push(i));
  const most = Math.max(...shownAt.map(({ length }) => length));
  const source = shownAt.every(({ length }) => length === most) ? gradient : padded(0, 1);
  const parts = Array.from({ length: most }, (_, round) =>
    builder.node('Gather', [source, builder.constant(int64s(shownAt.map((at) => at[round] ?? indices.length)), 'shown')], {
      axis: int(axis),
    }),
  );
  return parts.length === 1 ? (parts[0] ?? gradient) : builder.node('Sum', parts);
}

const known = (scope: GradientScope, shape: Shape, axis: number): number =>
  shape[axis] ?? refuse(scope, 'the size of its input is not known');

/** Indices must be constant. They may repeat. */
const gather: GradientRule = (scope) => {
  const { builder } = scope;
  const { shape } = scope.inputInfo(0);
  const axis = axisOf(numberOf(scope.node, 'axis', 0), shape.length);
  const extent = known(scope, shape, axis);
  const given = knownValues(scope, 1) ?? refuse(scope, 'its indices are computed');
  const indices = given.map((index) => axisOf(index, extent));
  const along = shape.with(axis, indices.length);
  if (along.filter((own) => own === null).length > 1) refuse(scope, 'the size of its input is not known');
  // The axes of the indices become one.
  const flat =
    scope.inputInfo(1).shape.length === 1
      ? scope.gradient
      : builder.node('Reshape', [scope.gradient, builder.constant(int64s(along.map((own) => own ?? -1)), 'shape')]);
  return [selectionGradient(scope, flat, { axis, indices, extent })];
};

const slice: GradientRule = (scope) => {
  const { shape } = scope.inputInfo(0);
  const given = [1, 2, 3, 4].map((index) => {
    if ((scope.node.inputs[index] ?? '') === '') return undefined;
    return knownValues(scope, index) ?? refuse(scope, 'its bounds are computed');
  });
  const [starts = [], ends = [], named, steps = []] = given;
  const axes = named ?? starts.map((_, axis) => axis);
  let { gradient } = scope;
  axes.forEach((name, index) => {
    const axis = axisOf(name, shape.length);
    const [start = 0, end = 0, step = 1] = [starts[index], ends[index], steps[index]];
    // The whole axis, whatever its size: "to the end" is 10⁹ in files of tf2onnx, and more in others.
    if (start === 0 && step === 1 && end >= 1e9) return;
    const extent = known(scope, shape, axis);
    const bound = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + extent : at, low), high);
    const from = step > 0 ? bound(start, 0, extent) : bound(start, 0, extent - 1);
    const to = step > 0 ? bound(end, 0, extent) : bound(end, -1, extent - 1);
    const count = Math.max(0, Math.ceil((to - from) / step));
    const indices = Array.from({ length: count }, (_, i) => from + i * step);
    gradient = selectionGradient(scope, gradient, { axis, indices, extent });
  });
  return [gradient];
};

/** The input position that an output position shows, when `pads` are put around `extent` positions. */
const shown: Readonly<Record<string, (position: number, extent: number) => number>> = {
  edge: (position, extent) => Math.min(Math.max(position, 0), extent - 1),
  wrap: (position, extent) => ((position % extent) + extent) % extent,
  reflect: (position, extent) => {
    const period = Math.max(1, 2 * (extent - 1));
    const within = ((position % period) + period) % period;
    return within < extent ? within : period - within;
  },
};

/**
 * Constant padding is cut off. In other modes, the gradients of padded positions are added to the input positions that they show.
 */
const pad: GradientRule = (scope) => {
  const { builder, node } = scope;
  const { shape } = scope.inputInfo(0);
  const pads = knownValues(scope, 1) ?? refuse(scope, 'its padding is computed');
  if (scope.needs(2)) refuse(scope, 'the value it pads with is computed from what is differentiated');
  const mode = textOf(node, 'mode', 'constant');
  if (mode === 'constant') {
    const axes = (node.inputs[3] ?? '') === '' ? [] : ['', scope.input(3)];
    return [builder.node('Pad', [scope.gradient, builder.constant(int64s(pads.map((extent) => -extent)), 'pads'), ...axes])];
  }
  const source = shown[mode] ?? refuse(scope, `its mode is ${mode}`);
  const named = (node.inputs[3] ?? '') === '' ? shape.map((_, axis) => axis) : knownValues(scope, 3);
  const axes = named?.map((axis) => axisOf(axis, shape.length)) ?? refuse(scope, 'its axes are computed');
  let { gradient } = scope;
  axes.forEach((axis, index) => {
    const [before = 0, after = 0] = [pads[index], pads[index + axes.length]];
    if (before === 0 && after === 0) return;
    const extent = known(scope, shape, axis);
    const indices = Array.from({ length: before + extent + after }, (_, i) => source(i - before, extent));
    gradient = selectionGradient(scope, gradient, { axis, indices, extent });
  });
  return [gradient];
};

/** Sums over the repetitions: every axis is split into repeats and repeated positions. */
const tile: GradientRule = (scope) => {
  const { builder } = scope;
  const { shape } = scope.inputInfo(0);
  const repeats = knownValues(scope, 1) ?? refuse(scope, 'its repeats are computed');
  const split = shape.flatMap((extent, axis) => [repeats[axis] ?? 1, extent]);
  if (split.filter((extent) => extent === null).length > 1) refuse(scope, 'the size of its input is not known');
  const rows = builder.node('Reshape', [scope.gradient, builder.constant(int64s(split.map((extent) => extent ?? -1)), 'shape')]);
  const axes = builder.constant(int64s(shape.map((_, axis) => 2 * axis)), 'axes');
  return [builder.node('ReduceSum', [rows, axes], { keepdims: int(0) })];
};

/** Both move every value to one place, so the gradient takes the inverse way: a Reshape and a Transpose. */
const depthToSpace: GradientRule = (scope) => {
  const { builder, node, gradient } = scope;
  if (textOf(node, 'mode', 'DCR') === 'DCR')
    return [builder.node('SpaceToDepth', [gradient], { blocksize: int(numberOf(node, 'blocksize', 1)) })];
  const block = numberOf(node, 'blocksize', 1);
  const [, channels = 1, height = 1, width = 1] = scope.inputInfo(0).shape;
  if (channels === null || height === null || width === null) return refuse(scope, 'the size of its input is not known');
  const reshape = (value: string, extents: readonly number[]) =>
    builder.node('Reshape', [value, builder.constant(int64s(extents), 'shape')]);
  const apart = reshape(gradient, [-1, channels / block ** 2, height, block, width, block]);
  const turned = builder.node('Transpose', [apart], { perm: ints([0, 1, 3, 5, 2, 4]) });
  return [reshape(turned, [-1, channels, height, width])];
};

const spaceToDepth: GradientRule = ({ builder, node, gradient }) => [
  builder.node('DepthToSpace', [gradient], { blocksize: int(numberOf(node, 'blocksize', 1)) }),
];

export const indexingGradients: Readonly<Record<string, GradientRule>> = {
  Gather: gather,
  Slice: slice,
  Pad: pad,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
