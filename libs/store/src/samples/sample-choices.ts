import { choiceKey, XaigridError, type PlannedEvaluation } from '@xaigrid/contracts';
import { z } from 'zod';
import { Prisma, type Queries, type Statements } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';

/** The samples of each choice that plans refer to, ascending, by `choiceKey`. */
export type SampleChoices = ReadonlyMap<string, Int32Array<ArrayBuffer>>;

/** A stored choice, as evaluations refer to it. */
export interface StoredChoice {
  readonly choiceId: number;
  /** The index of its last sample plus 1. */
  readonly sampleBound: number;
}

/**
 * The samples of an evaluation with a choice. Undefined if it takes the first samples.
 * @throws INTERNAL if the choice is missing, or does not match the plan
 */
export function choiceOf(
  { chosen, samples, label }: PlannedEvaluation,
  choices: SampleChoices,
): Int32Array<ArrayBuffer> | undefined {
  if (chosen === undefined) return undefined;
  const indices = choices.get(chosen.sha256);
  if (indices?.length === samples && choiceKey(indices) === chosen.sha256) return indices;
  throw new XaigridError('INTERNAL', `The ${samples} samples that "${label}" was planned with are not there.`);
}

/** Stores a choice, or an order of samples, unless it exists. One statement stores all samples; a million take some seconds. */
export async function ensureChoice(queries: Queries, indices: Int32Array<ArrayBuffer>): Promise<StoredChoice> {
  const key = choiceKey(indices);
  const { count } = await queries.sampleChoice.createMany({ data: [{ key, samples: indices.length }], skipDuplicates: true });
  const { id } = await queries.sampleChoice.findUniqueOrThrow({ where: { key }, select: { id: true } });
  if (count > 0) {
    await queries.$executeRaw`
      INSERT INTO "chosen_sample" ("choice_id", "sample_index", "position")
      SELECT ${id}::integer, c."sample_index", c."position" - 1
      FROM unnest(${[...indices]}::integer[]) WITH ORDINALITY AS c ("sample_index", "position")`;
  }
  return { choiceId: id, sampleBound: indices.reduce((most, index) => Math.max(most, index), 0) + 1 };
}

const partSchema = z.object({ id: z.int(), indices: z.array(z.int()) });

/** Stores an order of samples unless it exists. @returns its id */
export async function ensureOrder(queries: Queries, indices: Int32Array<ArrayBuffer>): Promise<number> {
  return (await ensureChoice(queries, indices)).choiceId;
}

/** The samples of the shards whose evaluations have a choice. */
export async function readShardChoices(
  queries: Statements,
  shardIds: readonly number[],
): Promise<ReadonlyMap<number, Int32Array<ArrayBuffer>>> {
  if (shardIds.length === 0) return new Map();
  const rows = await queryRows(
    queries,
    partSchema,
    Prisma.sql`
      SELECT s."id"::double precision AS "id", array_agg(h."sample_index" ORDER BY h."sample_index") AS "indices"
      FROM "shard" s JOIN "evaluation" e ON e."id" = s."evaluation_id"
      JOIN "chosen_sample" h ON h."choice_id" = coalesce(e."order_id", e."choice_id") AND h."position" >= s."sample_start" AND h."position" < s."sample_end"
      WHERE s."id" = ANY (${[...shardIds]}::bigint[]) GROUP BY s."id"`,
  );
  return new Map(rows.map(({ id, indices }) => [id, Int32Array.from(indices)]));
}

/** The samples within `start` … `end − 1` that an evaluation with a choice takes, ascending; at most `most`. */
export async function readChosen(
  queries: Statements,
  {
    evaluationId,
    start,
    end,
    most,
  }: { readonly evaluationId: number; readonly start: number; readonly end: number; readonly most?: number | undefined },
): Promise<Int32Array<ArrayBuffer>> {
  const rows = await queryRows(
    queries,
    z.object({ index: z.int() }),
    Prisma.sql`
      SELECT h."sample_index" AS "index" FROM "evaluation" e JOIN "chosen_sample" h ON h."choice_id" = e."choice_id"
      WHERE e."id" = ${evaluationId} AND h."sample_index" >= ${start} AND h."sample_index" < ${end} ORDER BY h."sample_index"
      LIMIT ${most ?? null}::integer`,
  );
  return Int32Array.from(rows, ({ index }) => index);
}

/** Whether the row `sample` is in the choice, which must not be NULL. */
export function isChosen(choice: Prisma.Sql, sample: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`EXISTS (SELECT FROM "chosen_sample" h WHERE h."choice_id" = ${choice} AND h."sample_index" = ${sample})`;
}
