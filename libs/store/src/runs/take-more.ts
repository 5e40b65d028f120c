import { choiceKey } from '@xaigrid/contracts';
import { z } from 'zod';
import { ensureChoice } from '../samples/sample-choices.js';
import { Prisma, transactionLimits, type Database, type Queries } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';
import type { RunRepository } from '../store.js';
import { setsLock } from './create-run.js';

const growingSchema = z.object({ id: z.int(), order: z.int() });

/** Makes evaluations take the first `upTo` samples of their order. What they take, and the shards for it, are written at once. */
export async function takeMore(
  database: Database,
  runId: string,
  { evaluationIds, from, upTo }: Parameters<RunRepository['takeMore']>[1],
): Promise<void> {
  await database.$transaction(async (queries) => {
    await queries.$executeRaw`SELECT pg_advisory_xact_lock_shared(${setsLock}::bigint)`;
    // Locked: a process that does the same at the same time waits, and finds them grown.
    const growing = await queryRows(
      queries,
      growingSchema,
      Prisma.sql`
        SELECT "id", "order_id" AS "order" FROM "evaluation"
        WHERE "run_id" = ${runId} AND "id" = ANY (${[...evaluationIds]}::integer[]) AND "samples" = ${from} AND "order_id" IS NOT NULL
        ORDER BY "id" FOR UPDATE`,
    );
    for (const order of new Set(growing.map((one) => one.order))) {
      const ids = growing.filter((one) => one.order === order).map(({ id }) => id);
      await take(queries, { order, ids, from, upTo });
    }
  }, transactionLimits);
}

interface Growth {
  readonly order: number;
  readonly ids: readonly number[];
  readonly from: number;
  readonly upTo: number;
}

async function take(queries: Queries, { order, ids, from, upTo }: Growth): Promise<void> {
  const rows = await queryRows(
    queries,
    z.object({ index: z.int() }),
    Prisma.sql`
      SELECT "sample_index" AS "index" FROM "chosen_sample" WHERE "choice_id" = ${order} AND "position" < ${upTo}
      ORDER BY "sample_index"`,
  );
  const indices = Int32Array.from(rows, ({ index }) => index);
  const { choiceId, sampleBound } = await ensureChoice(queries, indices);
  await queries.$executeRaw`
    UPDATE "evaluation" SET "samples" = ${indices.length}, "choice_id" = ${choiceId}, "sample_bound" = ${sampleBound},
      "plan" = jsonb_set(jsonb_set("plan", '{samples}', to_jsonb(${indices.length}::integer)),
        '{chosen,sha256}', to_jsonb(${choiceKey(indices)}::text))
    WHERE "id" = ANY (${[...ids]}::integer[])`;
  await queries.$executeRaw`
    INSERT INTO "shard" ("run_id", "evaluation_id", "sample_start", "sample_end", "explain_work", "score_work")
    SELECT e."run_id", e."id", p."start", least(p."start" + e."shard_size", ${indices.length}::integer), w."explain_work", w."score_work"
    FROM "evaluation" e
    CROSS JOIN LATERAL (SELECT s."explain_work", s."score_work" FROM "shard" s WHERE s."evaluation_id" = e."id" LIMIT 1) w
    CROSS JOIN LATERAL generate_series(${from}::integer, ${indices.length - 1}::integer, e."shard_size") AS p ("start")
    WHERE e."id" = ANY (${[...ids]}::integer[]) ORDER BY p."start", e."id"`;
}
