import type { ElementType, GraphNode, Shape } from '../graph.js';

export interface TypeAndShape {
  readonly type: ElementType;
  readonly shape: Shape;
  /** Of a short computed vector, a shape for example: its values, `null` where one is not known before the run. */
  readonly extents?: Shape;
}

/** What a shape rule may look at: the node, its inputs' types and shapes, and the inputs that are constants. */
export interface ShapeQuestion {
  readonly node: GraphNode;
  /** Type and shape of input `index`. */
  readonly input: (index: number) => TypeAndShape;
  /** Whether input `index` is given. */
  readonly has: (index: number) => boolean;
  /** The values of input `index` when it is a constant or a computed shape that is known; undefined otherwise. */
  readonly values: (index: number) => number[] | undefined;
  /** The same, where some of them may be unknown. */
  readonly extents: (index: number) => Shape | undefined;
}

/** Types and shapes of a node's outputs, or undefined when they depend on computed values. */
export type ShapeRule = (question: ShapeQuestion) => readonly TypeAndShape[] | undefined;

/** A negative axis counts from the end. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Raised inside a rule when extents that must be equal are not; nothing is then known of the node's outputs. */
export class ShapeConflict extends Error {}

/** Whether two extents can be the same. */
export function agree(a: number | null | undefined, b: number | null | undefined): boolean {
  return a === b || (a ?? null) === null || (b ?? null) === null;
}

/**
 * Multidirectional broadcasting; an unknown extent against 1 stays unknown, against a number takes it.
 * @throws ShapeConflict for two extents above 1 that differ
 */
export function broadcast(...shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let extent: number | null = 1;
    for (const shape of shapes) {
      const position = axis - rank + shape.length;
      const own = position < 0 ? 1 : (shape[position] ?? null);
      if (own === 1) continue;
      if (extent !== 1 && !agree(extent, own)) throw new ShapeConflict();
      if (extent === 1 || extent === null) extent = own ?? extent;
      if (own === null && extent === 1) extent = null;
    }
    return extent;
  });
}

/** The number of values where it is known. */
export function countOf(shape: Shape): number | null {
  let count = 1;
  for (const extent of shape) {
    if (extent === null) return null;
    count *= extent;
  }
  return count;
}
