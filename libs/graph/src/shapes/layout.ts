import { intsOf, numberOf, textOf } from '../attributes.js';
import type { Shape } from '../graph.js';
import { agree, axisOf, broadcast, countOf, ShapeConflict, type ShapeRule } from './shape-rule.js';

const reshape: ShapeRule = ({ node, input, extents }) => {
  const { type, shape } = input(0);
  const target = extents(1);
  if (target === undefined) return undefined;
  const copied = target.map((extent, axis) =>
    extent === 0 && numberOf(node, 'allowzero', 0) === 0 ? (shape[axis] ?? null) : extent,
  );
  const wild = copied.indexOf(-1);
  const [count, rest] = [countOf(shape), countOf(wild < 0 ? copied : copied.toSpliced(wild, 1))];
  if (wild < 0) {
    if (!agree(count, rest)) throw new ShapeConflict();
    return [{ type, shape: copied }];
  }
  if (count === null || rest === null) return [{ type, shape: copied.with(wild, unknownsCancel(shape, copied)) }];
  if (count % rest !== 0) throw new ShapeConflict();
  return [{ type, shape: copied.with(wild, count / rest) }];
};

/** The value of −1 if each side has one and the same unknown extent. */
function unknownsCancel(from: Shape, to: Shape): number | null {
  const known = (extents: Shape) => countOf(extents.filter((extent) => extent !== null && extent !== -1)) ?? 1;
  const unknowns = (extents: Shape) => extents.filter((extent) => extent === null).length;
  return unknowns(from) === unknowns(to) ? known(from) / known(to) : null;
}

const flatten: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  const axis = axisOf(numberOf(node, 'axis', 1), shape.length);
  return [{ type, shape: [countOf(shape.slice(0, axis)), countOf(shape.slice(axis))] }];
};

const transpose: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  const permutation = intsOf(node, 'perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  return [{ type, shape: permutation.map((axis) => shape[axis] ?? null) }];
};

const concat: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  const axis = axisOf(numberOf(node, 'axis', 0), shape.length);
  let total: number | null = 0;
  for (const index of node.inputs.keys()) {
    const own = input(index).shape;
    if (own.length !== shape.length || !own.every((extent, at) => at === axis || agree(extent, shape[at])))
      throw new ShapeConflict();
    const extent: number | null = own[axis] ?? null;
    total = total === null || extent === null ? null : total + extent;
  }
  return [{ type, shape: shape.with(axis, total) }];
};

const squeeze: ShapeRule = ({ input, has, values }) => {
  const { type, shape } = input(0);
  const given = has(1) ? values(1) : shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
  const axes = given?.map((axis) => axisOf(axis, shape.length));
  return axes && [{ type, shape: shape.filter((_, axis) => !axes.includes(axis)) }];
};

const unsqueeze: ShapeRule = ({ input, values }) => {
  const { type, shape } = input(0);
  const given = values(1);
  if (given === undefined) return undefined;
  const rank = shape.length + given.length;
  const axes = given.map((axis) => axisOf(axis, rank));
  const rest = [...shape];
  return [{ type, shape: Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? null))) }];
};

const pad: ShapeRule = ({ input, has, values }) => {
  const { type, shape } = input(0);
  const pads = values(1);
  const axes = has(3) ? values(3)?.map((axis) => axisOf(axis, shape.length)) : shape.map((_, axis) => axis);
  if (pads === undefined || axes === undefined) return undefined;
  const out = [...shape];
  axes.forEach((axis, index) => {
    const extent = out[axis];
    const added = (pads[index] ?? 0) + (pads[index + axes.length] ?? 0);
    // Without padding, the extent may stay unknown.
    if (extent !== null && extent !== undefined) out[axis] = extent + added;
  });
  return [{ type, shape: out }];
};

const slice: ShapeRule = ({ input, has, values }) => {
  const { type, shape } = input(0);
  const starts = values(1);
  const ends = values(2);
  const axes = has(3) ? values(3) : starts?.map((_, index) => index);
  const steps = has(4) ? values(4) : starts?.map(() => 1);
  if (!starts || !ends || !axes || !steps) return undefined;
  const out = [...shape];
  axes.forEach((given, index) => {
    const axis = axisOf(given, shape.length);
    const extent = shape[axis];
    if (extent === null || extent === undefined) return;
    const step = steps[index] ?? 1;
    const clamp = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + extent : at, low), high);
    const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
    const start = clamp(starts[index] ?? 0, Math.max(low, 0), high);
    const end = clamp(ends[index] ?? 0, low, step > 0 ? high : extent - 1);
    out[axis] = Math.max(0, Math.ceil((end - start) / step));
  });
  return [{ type, shape: out }];
};

const gather: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  const axis = axisOf(numberOf(node, 'axis', 0), shape.length);
  return [{ type, shape: [...shape.slice(0, axis), ...input(1).shape, ...shape.slice(axis + 1)] }];
};

const gatherND: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  const indices = input(1).shape;
  const batch = numberOf(node, 'batch_dims', 0);
  const looked = indices.at(-1) ?? null;
  return looked === null ? undefined : [{ type, shape: [...indices.slice(0, -1), ...shape.slice(batch + looked)] }];
};

const expand: ShapeRule = ({ input, extents }) => {
  const target = extents(1);
  return target && [{ type: input(0).type, shape: broadcast(input(0).shape, target) }];
};

/**
 * Since operator set 18, `axes` may name the axes of `scales` or `sizes`. A size from a scale is that of ONNX Runtime: the
 * product in float32, in which 5 × 1.4 is 7, truncated to a whole number.
 */
const resize: ShapeRule = ({ node, input, has, values, extents }) => {
  const { type, shape } = input(0);
  const axes = intsOf(node, 'axes')?.map((axis) => axisOf(axis, shape.length)) ?? shape.map((_, axis) => axis);
  const given = has(3) ? extents(3) : values(2);
  if (given === undefined || textOf(node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch') return undefined;
  const out = [...shape];
  axes.forEach((axis, index) => {
    const [extent, own] = [shape[axis] ?? null, given[index] ?? null];
    out[axis] = has(3) ? own : extent === null ? null : Math.floor(Math.fround(extent * Math.fround(own ?? 1)));
  });
  return [{ type, shape: out }];
};

/** Moves channels into blocks of positions. */
const depthToSpace: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  const block = numberOf(node, 'blocksize', 1);
  const [batch = null, channels = null, ...positions] = shape;
  const spread = positions.map((extent) => (extent === null ? null : extent * block));
  return [{ type, shape: [batch, channels === null ? null : channels / block ** 2, ...spread] }];
};

const spaceToDepth: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  const block = numberOf(node, 'blocksize', 1);
  const [batch = null, channels = null, ...positions] = shape;
  const gathered = positions.map((extent) => (extent === null ? null : extent / block));
  return [{ type, shape: [batch, channels === null ? null : channels * block ** 2, ...gathered] }];
};

const shapeValue: ShapeRule = ({ node, input }) => {
  const rank = input(0).shape.length;
  const bound = (name: string, fallback: number) => Math.min(Math.max(axisOf(numberOf(node, name, fallback), rank), 0), rank);
  return [{ type: 'int64', shape: [Math.max(0, bound('end', rank) - bound('start', 0))] }];
};

const constantOfShape: ShapeRule = ({ node, extents }) => {
  const shape = extents(0);
  const value = node.attributes.value;
  return shape && [{ type: value?.kind === 'tensor' ? value.value.type : 'float', shape }];
};

const range: ShapeRule = ({ input, values }) => {
  const [start, limit, step] = [0, 1, 2].map((index) => values(index)?.[0]);
  const known = start !== undefined && limit !== undefined && step !== undefined;
  return [{ type: input(0).type, shape: [known ? Math.max(0, Math.ceil((limit - start) / step)) : null] }];
};

const tile: ShapeRule = ({ input, values }) => {
  const repeats = values(1);
  return (
    repeats && [
      {
        type: input(0).type,
        shape: input(0).shape.map((extent, axis) => (extent === null ? null : extent * (repeats[axis] ?? 1))),
      },
    ]
  );
};

const split: ShapeRule = ({ node, input, has, values }) => {
  const { type, shape } = input(0);
  const axis = axisOf(numberOf(node, 'axis', 0), shape.length);
  const extent = shape[axis] ?? null;
  const parts = has(1) ? values(1) : undefined;
  if (has(1) && parts === undefined) return undefined;
  const even = extent === null ? null : Math.ceil(extent / node.outputs.length);
  return node.outputs.map((_, index) => {
    const rest = extent === null || even === null ? null : Math.min(even, extent - index * even);
    return { type, shape: shape.with(axis, parts?.[index] ?? rest) };
  });
};

export const layoutRules: Readonly<Record<string, ShapeRule>> = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Concat: concat,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Pad: pad,
  Slice: slice,
  Gather: gather,
  GatherND: gatherND,
  GatherElements: ({ input }) => [{ type: input(0).type, shape: input(1).shape }],
  Expand: expand,
  Resize: resize,
  Tile: tile,
  Split: split,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Shape: shapeValue,
  Size: () => [{ type: 'int64', shape: [] }],
  ConstantOfShape: constantOfShape,
  Range: range,
};
