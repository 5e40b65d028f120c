import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import type { Prisma, Statements } from './prisma.js';

/** Runs a query and parses its rows. The schema turns `bigint` counts and sums into numbers: see `countSchema`. */
export async function queryRows<Row>(queries: Statements, row: z.ZodType<Row>, sql: Prisma.Sql): Promise<Row[]> {
  return z.array(row).parse(await queries.$queryRaw(sql));
}

/** A `count`, a `sum` or an id of type bigint. Ours stay far below 2^53. */
export const countSchema = z.union([z.bigint(), z.number()]).transform(Number);

/** A float8: unlike `z.number()` it may be NaN or infinite. */
export const floatSchema = z.custom<number>((value) => typeof value === 'number');

export const bytesSchema = z.instanceof(Uint8Array);

/** The one row that a statement always returns. */
export async function queryOne<Row>(queries: Statements, row: z.ZodType<Row>, sql: Prisma.Sql): Promise<Row> {
  const [first] = await queryRows(queries, row, sql);
  if (first === undefined) throw new XaigridError('INTERNAL', 'A statement that always gives a row gave none.');
  return first;
}
