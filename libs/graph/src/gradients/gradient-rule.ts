import { XaigridError } from '@xaigrid/contracts';
import type { GraphBuilder } from '../builder.js';
import { int64s, numbersOf } from '../constants.js';
import type { Constant, GraphNode } from '../graph.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';

/**
 * What a rule may use. It asks for values of the differentiated node lazily (`input(0)`), as names in `builder`, so that only the
 * values it uses are made available.
 */
export interface GradientScope {
  readonly builder: GraphBuilder;
  readonly node: GraphNode;
  /** The gradient of the node's first output. */
  readonly gradient: string;
  /** The gradient of output `index`. Undefined if nothing depends on it. */
  readonly gradientOf: (index: number) => string | undefined;
  /** The forward value of input `index`. */
  readonly input: (index: number) => string;
  /** The forward value of output `index` (default 0). */
  readonly output: (index?: number) => string;
  readonly inputInfo: (index: number) => TypeAndShape;
  readonly outputInfo: (index?: number) => TypeAndShape;
  /** Input `index` if it is a constant of the graph. */
  readonly constant: (index: number) => Constant | undefined;
  /** Whether the gradient of input `index` is needed. */
  readonly needs: (index: number) => boolean;
  /** Gradients through nodes that the rule has added in place of its own node: see `Detour`. */
  readonly through: (detour: Detour) => ReadonlyMap<string, string>;
}

/** Nodes of the builder in topological order, the gradients of their outputs, and the values whose gradients are wanted. */
interface Detour {
  readonly nodes: readonly GraphNode[];
  readonly seeds: ReadonlyMap<string, string>;
  readonly wrt: readonly string[];
}

/** Adds backward nodes. Returns the gradient of each input (undefined if it is not needed). */
export type GradientRule = (scope: GradientScope) => readonly (string | undefined)[];

/** @throws OPERATION_UNSUPPORTED naming the node and its operator */
export function refuse({ node }: Pick<GradientScope, 'node'>, reason: string): never {
  throw new XaigridError('OPERATION_UNSUPPORTED', `Node "${node.name}" (${node.op}) cannot be differentiated: ${reason}.`);
}

/** The numbers of input `index` if they are known before the run: a constant, or a computed shape. */
export function knownValues(scope: GradientScope, index: number): number[] | undefined {
  const constant = scope.constant(index);
  if (constant !== undefined) return numbersOf(constant);
  const extents = scope.inputInfo(index).extents;
  const known = extents?.filter((extent) => extent !== null);
  return known?.length === extents?.length ? known : undefined;
}

/** A scalar of the same element type as input 0. */
export function scalarLike(scope: GradientScope, value: number): string {
  return scope.builder.scalar(value, scope.inputInfo(0).type);
}

/** `value`, but 0 where `at` is 0. At this pole, PyTorch's own functions `std` and `norm` have the gradient 0. */
export function zeroWhereZero(scope: GradientScope, at: string, value: string): string {
  const zero = scalarLike(scope, 0);
  return scope.builder.node('Where', [scope.builder.node('Equal', [at, zero]), zero, value]);
}

/** The shape of a forward value as an int64 vector, for operators that take shapes. It is a constant if all extents are known. */
export function shapeOf(scope: GradientScope, index: number): string {
  const { shape } = scope.inputInfo(index);
  const known = shape.filter((extent) => extent !== null);
  if (known.length === shape.length) return scope.builder.constant(int64s(known), 'shape');
  return scope.builder.node('Shape', [scope.input(index)]);
}

/** Reshapes a gradient to the shape of input `index`. One unknown extent, the batch, follows from the others. */
export function reshapeLike(scope: GradientScope, index: number, gradient: string): string {
  const { shape } = scope.inputInfo(index);
  const unknowns = shape.filter((extent) => extent === null).length;
  const target =
    unknowns > 1 ? shapeOf(scope, index) : scope.builder.constant(int64s(shape.map((extent) => extent ?? -1)), 'shape');
  return scope.builder.node('Reshape', [gradient, target]);
}

/** Sums a gradient with the broadcast shape over the axes along which input `index` was repeated. */
export function unbroadcast(scope: GradientScope, index: number, gradient: string): string {
  const from = scope.outputInfo().shape;
  const to = scope.inputInfo(index).shape;
  const missing = from.length - to.length;
  const axes = from.flatMap((extent, axis) => (axis < missing || (to[axis - missing] === 1 && extent !== 1) ? [axis] : []));
  if (axes.length === 0) return gradient;
  const summed = sumOver(scope, gradient, axes, true);
  return missing === 0 ? summed : reshapeLike(scope, index, summed);
}

export function sumOver({ builder }: GradientScope, value: string, axes: readonly number[], keep: boolean): string {
  return builder.node('ReduceSum', [value, builder.constant(int64s(axes), 'axes')], {
    keepdims: { kind: 'int', value: keep ? 1 : 0 },
  });
}

/** Zeros with the type and shape of a forward value. */
export function zerosLike(builder: GraphBuilder, value: string, info: TypeAndShape): string {
  const known = info.shape.filter((extent) => extent !== null);
  const extents = known.length === info.shape.length ? builder.constant(int64s(known), 'shape') : builder.node('Shape', [value]);
  const zeros = builder.node('Expand', [builder.scalar(0, info.type), extents]);
  builder.annotate(zeros, info);
  return zeros;
}
