import { Prisma } from '../sql/prisma.js';

/** The positions of the measures that have their own indexes, from 1 as in Postgres. */
export const indexedMeasures: readonly number[] = [1, 2, 3, 4, 5, 6];

/** A measure of the row `s` of "score". */
export function measureAt(position: number): Prisma.Sql {
  return elementAt(Prisma.sql`s."measures"`, position);
}

/** An element of an array. The position is a constant, because only then is the expression that of an index. */
export function elementAt(array: Prisma.Sql, position: number): Prisma.Sql {
  return Prisma.sql`${array}[${Prisma.raw(String(position))}]`;
}
