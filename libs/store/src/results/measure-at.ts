import { Prisma } from '../sql/prisma.js';

/** Positions of the measures that have indexes of their own, from 1 as Postgres counts. */
export const indexedMeasures: readonly number[] = [1, 2, 3, 4, 5, 6];

/** A measure of the row `s` of "score". */
export function measureAt(position: number): Prisma.Sql {
  return elementAt(Prisma.sql`s."measures"`, position);
}

/** An element of an array. A constant position: only so the expression is that of an index. */
export function elementAt(array: Prisma.Sql, position: number): Prisma.Sql {
  return Prisma.sql`${array}[${Prisma.raw(String(position))}]`;
}
