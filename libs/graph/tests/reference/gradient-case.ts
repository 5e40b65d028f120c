import type { GraphBuilder } from '../../src/builder.js';
import { constantOf, int64s } from '../../src/constants.js';
import { noiseArray } from './array.js';

/** A forward graph of one operator (or a few) on `x`; `shape` includes the batch. */
export interface GradientCase {
  readonly name: string;
  readonly shape: readonly number[];
  readonly forward: (builder: GraphBuilder, x: string) => string;
  /** The batch is part of what is computed: it cannot be left unknown. */
  readonly fixedBatch?: boolean;
  /** Shifts x, to keep away from points without derivative. */
  readonly offset?: number;
}

/** Weights differ within a graph, and are the same whenever the case is built. */
const seeds = new WeakMap<GraphBuilder, number>();
export function weights(builder: GraphBuilder, ...shape: number[]): string {
  const seed = (seeds.get(builder) ?? 100) + 1;
  seeds.set(builder, seed);
  return builder.constant(constantOf('float', shape, [...noiseArray(shape, seed).data]));
}
export const shapes = (builder: GraphBuilder, ...values: number[]) => builder.constant(int64s(values));
