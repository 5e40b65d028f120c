import type { ElementType, GraphNode, Shape } from '../graph.js';

/** What is known about a value before a run. */
export interface TypeAndShape {
  readonly type: ElementType;
  readonly shape: Shape;
  /** The values of a short computed vector, such as a shape; `null` for a value that is not known before the run. */
  readonly extents?: Shape;
}

/** What a shape rule may use: the node, the types and shapes of its inputs, and the inputs that are constants. */
export interface ShapeQuestion {
  readonly node: GraphNode;
  /** Type and shape of input `index`. */
  readonly input: (index: number) => TypeAndShape;
  /** Whether input `index` is given. */
  readonly has: (index: number) => boolean;
  /** The values of input `index` if it is a constant or a known computed shape. Otherwise undefined. */
  readonly values: (index: number) => number[] | undefined;
  /** Like `values`, but some numbers may be unknown (`null`). */
  readonly extents: (index: number) => Shape | undefined;
}

/** Gives the types and shapes of a node's outputs. Undefined if they depend on computed values. */
export type ShapeRule = (question: ShapeQuestion) => readonly TypeAndShape[] | undefined;

/** An axis counted from 0. A negative axis counts from the end. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Raised inside a rule if extents differ that must be equal. Then the node's outputs are unknown. */
export class ShapeConflict extends Error {}

/** Whether two extents can be equal. */
export function agree(a: number | null | undefined, b: number | null | undefined): boolean {
  return a === b || (a ?? null) === null || (b ?? null) === null;
}

/**
 * Multidirectional broadcasting. An unknown extent stays unknown against 1, and becomes the other number against a larger one.
 * @throws ShapeConflict for two different extents above 1
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

/** The number of values, if it is known. */
export function countOf(shape: Shape): number | null {
  let count = 1;
  for (const extent of shape) {
    if (extent === null) return null;
    count *= extent;
  }
  return count;
}
