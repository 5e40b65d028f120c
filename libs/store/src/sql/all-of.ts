import { Prisma } from './prisma.js';

/** True if all conditions are. Undefined ones are ignored. */
export function allOf(conditions: readonly (Prisma.Sql | undefined)[]): Prisma.Sql {
  const wanted = conditions.filter((condition) => condition !== undefined);
  return wanted.length === 0 ? Prisma.sql`true` : Prisma.join(wanted, ' AND ');
}
