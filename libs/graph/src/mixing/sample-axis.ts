import { intsOf, numberOf } from '../attributes.js';
import type { GraphNode } from '../graph.js';
import { axisOf } from '../shapes/shape-rule.js';

/**
 * Where a value has the samples of a batch: along one axis of extent outer · n · inner, in which sample s has the positions (o ·
 * n + s) · inner + i. `[n, heads, d]` reshaped to `[n · heads, d]` has them at axis 0, with `inner` the number of heads.
 */
export interface SampleAxis {
  readonly axis: number;
  readonly outer: number;
  readonly inner: number;
}

/** What a rule may read about one node. */
export interface SampleAxisScope {
  readonly node: GraphNode;
  /** The number of samples in the shapes. */
  readonly samples: number;
  /** The samples' place in input `index`. Undefined if it is the same for all samples. */
  readonly sampleAxis: (index: number) => SampleAxis | undefined;
  readonly shape: (index: number) => readonly number[];
  readonly outputShape: readonly number[];
  /** The numbers of input `index` if they are known before the run. Undefined also if there is no such input. */
  readonly values: (index: number) => readonly number[] | undefined;
}

/** The samples' place in the node's outputs. Undefined if one sample's output depends on another's input. */
export type SampleAxisRule = (scope: SampleAxisScope) => SampleAxis | undefined;

const product = (extents: readonly number[]) => extents.reduce((count, extent) => count * extent, 1);

const isSame = (a: SampleAxis, b: SampleAxis) => a.axis === b.axis && a.outer === b.outer && a.inner === b.inner;

/** The one sample axis of all inputs that have one, as an axis of the output. */
function agreed(sampleAxes: readonly (SampleAxis | undefined)[]): SampleAxis | undefined {
  const [first, ...others] = sampleAxes.filter((sampleAxis) => sampleAxis !== undefined);
  return first !== undefined && others.every((other) => isSame(first, other)) ? first : undefined;
}

/** An elementwise operation; shapes broadcast. */
export const elementwise: SampleAxisRule = ({ node, sampleAxis, shape, outputShape }) =>
  agreed(
    node.inputs.map((_, index) => {
      const own = sampleAxis(index);
      return own && { ...own, axis: own.axis + outputShape.length - shape(index).length };
    }),
  );

/** Only the first input may differ by sample, and its samples must be its first axis. */
export const rows: SampleAxisRule = ({ node, sampleAxis }) => {
  const own = sampleAxis(0);
  const alone = node.inputs.every((_, index) => index === 0 || sampleAxis(index) === undefined);
  return alone && own?.axis === 0 ? own : undefined;
};

/** The same values in the same order, so the samples keep their place. */
export const reshaped: SampleAxisRule = ({ sampleAxis, shape, outputShape, samples }) => {
  const own = sampleAxis(0);
  if (own === undefined) return undefined;
  const before = product(shape(0).slice(0, own.axis)) * own.outer;
  let passed = 1;
  for (const [axis, extent] of outputShape.entries()) {
    if (extent % samples === 0) {
      const [outer, inner] = [before / passed, (extent / samples / before) * passed];
      return Number.isInteger(outer) && Number.isInteger(inner) ? { axis, outer, inner } : undefined;
    }
    passed *= extent;
  }
  return undefined;
};

export const transposed: SampleAxisRule = ({ node, sampleAxis, shape }) => {
  const own = sampleAxis(0);
  const rank = shape(0).length;
  const order = intsOf(node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  return own && { ...own, axis: order.indexOf(own.axis) };
};

/** An operation that runs along some axes and keeps them. It is fine along all axes but that of the samples. */
export const along =
  (axesOf: (scope: SampleAxisScope) => readonly number[] | undefined): SampleAxisRule =>
  (scope) => {
    const own = elementwise(scope);
    const axes = axesOf(scope)?.map((axis) => axisOf(axis, scope.shape(0).length));
    return own !== undefined && axes?.includes(own.axis) === false ? own : undefined;
  };

/** The attribute `axis`, with its default. */
export const axisAttribute =
  (fallback: number) =>
  ({ node }: SampleAxisScope): readonly number[] => [numberOf(node, 'axis', fallback)];

/** An operation that removes axes, or leaves them with extent 1. */
export const reduced =
  (axesOf: (scope: SampleAxisScope) => readonly number[] | undefined): SampleAxisRule =>
  (scope) => {
    const { node, shape, outputShape } = scope;
    const axes = axesOf(scope)?.map((axis) => axisOf(axis, shape(0).length));
    const own = scope.sampleAxis(0);
    if (own === undefined || axes === undefined || axes.includes(own.axis)) return undefined;
    const kept = numberOf(node, 'keepdims', 1) === 1 || outputShape.length === shape(0).length;
    return { ...own, axis: own.axis - (kept ? 0 : axes.filter((axis) => axis < own.axis).length) };
  };

/** A matrix product: rows of the first factor, columns of the second. The axes before are broadcast. */
export const matrixProduct =
  (first: number, second: number): SampleAxisRule =>
  ({ sampleAxis, shape, outputShape }) => {
    const isVector = (index: number) => Number(shape(index).length === 1);
    // Vectors are treated as matrices: a row in front, a column behind.
    const rank = outputShape.length + isVector(first) + isVector(second);
    const of = (index: number, summed: number): SampleAxis | undefined | 'mixed' => {
      const own = sampleAxis(index);
      const ownRank = shape(index).length;
      if (own === undefined) return undefined;
      if (ownRank < 2 || own.axis === ownRank + summed) return 'mixed';
      const axis = own.axis + rank - ownRank;
      return { ...own, axis: axis === rank - 1 ? axis - isVector(first) : axis };
    };
    const found = [of(first, -1), of(second, -2)];
    return found.includes('mixed') ? undefined : agreed(found.filter((own) => own !== 'mixed'));
  };
