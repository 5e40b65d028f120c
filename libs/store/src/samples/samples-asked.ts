import { Prisma } from '../sql/prisma.js';

/** Samples of a data set: `start` … `end − 1`, or only some of these. */
export interface SamplesAsked {
  readonly start: number;
  readonly end: number;
  /** Ascending, within the range. Absent: the whole range. */
  readonly only?: Int32Array<ArrayBuffer> | undefined;
}

/** The condition for their rows in a table of samples. */
export function rowsAsked({ start, end, only }: SamplesAsked): Prisma.Sql {
  const range = Prisma.sql`"sample_index" >= ${start} AND "sample_index" < ${end}`;
  return only === undefined || only.length === end - start ? range : Prisma.sql`"sample_index" = ANY (${[...only]}::integer[])`;
}

/** Like `rowsAsked`, as text, because COPY takes no parameters. It contains only numbers. */
export function rowsAskedText({ start, end, only }: SamplesAsked): string {
  return only === undefined || only.length === end - start
    ? `"sample_index" >= ${start} AND "sample_index" < ${end}`
    : `"sample_index" = ANY ('{${only.join(',')}}'::integer[])`;
}

/** Their indices, ascending. */
export function indicesAsked({ start, end, only }: SamplesAsked): Int32Array<ArrayBuffer> {
  return only ?? Int32Array.from({ length: Math.max(0, end - start) }, (_, offset) => start + offset);
}

/** Samples by index, ascending. */
export function samplesAsked(indices: Int32Array<ArrayBuffer>): SamplesAsked {
  return { start: indices[0] ?? 0, end: (indices.at(-1) ?? -1) + 1, only: indices };
}

/** Samples 0 … count − 1, or the given ones. */
export function firstOrThese(samples: number | Int32Array<ArrayBuffer>): SamplesAsked {
  return typeof samples === 'number' ? { start: 0, end: samples } : samplesAsked(samples);
}
