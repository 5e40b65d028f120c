import { Prisma } from './prisma.js';

/** Positions of the measures that have indexes of their own, from 1 as Postgres counts. */
export const indexedMeasures: readonly number[] = [1, 2, 3, 4, 5, 6];

/** A measure of the row `s` of "score". A constant position: only so the expression is that of the index. */
export function measureAt(position: number): Prisma.Sql {
  return Prisma.sql`s."measures"[${Prisma.raw(String(position))}]`;
}
