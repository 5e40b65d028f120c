import { isErrorCode, XaigridError, type RunState } from '@xaigrid/contracts';
import { z } from 'zod';
import type { Retry } from '../connection/retry.js';
import { attendedRuns, nobodyDrives, type Role } from '../processes/attendance.js';
import { readChosen } from '../samples/sample-choices.js';
import { Prisma, type Database } from '../sql/prisma.js';
import { countSchema, queryOne, queryRows } from '../sql/rows.js';
import { storableMessage } from '../sql/stored-text.js';
import type { RunRepository } from '../store.js';
import { createRun, refreshStatistics } from './create-run.js';
import { editRun } from './edit-run.js';
import { listRuns } from './list-runs.js';
import { readProgress } from './run-progress.js';
import { evaluationInclude, evaluationRecord, runRecord, runState } from './run-records.js';
import { takeMore } from './take-more.js';

const finalStates: readonly RunState[] = ['done', 'done-with-failures', 'failed', 'cancelled', 'interrupted'];

const countersSchema = z.object({
  mapsComputed: countSchema,
  mapsReused: countSchema,
  scoresComputed: countSchema,
  scoresReused: countSchema,
});

const failureSchema = z.object({
  evaluation: z.int(),
  shardId: countSchema,
  start: z.int(),
  end: z.int(),
  samples: z.int(),
  stage: z.string(),
  attempts: z.int(),
  code: z.string().transform((code) => (isErrorCode(code) ? code : 'INTERNAL')),
  message: z.string(),
});

export function createRunRepository(database: Database, retry: Retry): RunRepository {
  const stateOf = async (id: string): Promise<string> => {
    const run = await database.run.findUnique({ where: { id }, select: { state: true } });
    if (run === null) throw notFound(id);
    return run.state.replaceAll('_', '-');
  };

  const attended = (ids: readonly string[], role: Role): Promise<ReadonlySet<string>> =>
    ids.length === 0 ? Promise.resolve(new Set<string>()) : retry(() => attendedRuns(database, ids, role));

  return {
    async create(run) {
      const created = await retry(() => createRun(database, run), { idempotent: false });
      await refreshStatistics(database, run);
      return created;
    },
    find: (reference) =>
      retry(async () => {
        if (reference === 'latest') {
          const latest = await database.run.findFirst({ orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] });
          if (latest === null) throw new XaigridError('RUN_NOT_FOUND', 'No run is stored yet. `xaigrid run SPEC` makes one.');
          return runRecord(latest);
        }
        const exact = await database.run.findUnique({ where: { id: reference } });
        if (exact !== null) return runRecord(exact);
        const matches = await queryRows(
          database,
          z.object({ id: z.string() }),
          Prisma.sql`SELECT "id" FROM "run" WHERE starts_with("id", ${reference}) ORDER BY "created_at" DESC, "id" DESC LIMIT 6`,
        );
        const [first, second] = matches;
        if (first === undefined || reference === '') throw notFound(reference);
        if (second !== undefined) {
          const ids = matches.slice(0, 5).map(({ id }) => id);
          throw new XaigridError(
            'RUN_AMBIGUOUS',
            `Several runs start with "${reference}": ${ids.join(', ')}${matches.length > 5 ? ', …' : ''}. Give more of the id.`,
          );
        }
        return runRecord(await database.run.findUniqueOrThrow({ where: { id: first.id } }));
      }),
    list: (query) => retry(async () => (await listRuns(database, query)).map(runRecord)),
    edit: (id, changes) =>
      retry(async () => {
        if (!(await editRun(database, id, changes))) throw notFound(id);
        return runRecord(await database.run.findUniqueOrThrow({ where: { id } }));
      }),
    countByState: () =>
      retry(async () => {
        const groups = await database.run.groupBy({ by: ['state'], _count: true });
        return Object.fromEntries(groups.map(({ state, _count: count }) => [runState(state), count]));
      }),
    // If the connection is lost, a second try could not tell that the first has moved the run.
    move: (id, from, to, error) =>
      retry(
        async () => {
          const moved = await database.$executeRaw`
            UPDATE "run" SET "state" = ${to}::run_state,
              "started_at" = CASE WHEN ${to} = 'running' THEN coalesce("started_at", clock_timestamp()) ELSE "started_at" END,
              "finished_at" = CASE WHEN ${finalStates.includes(to)}::boolean THEN clock_timestamp() END,
              "cancel_requested" = "cancel_requested" AND ("state" IN ('planned', 'running') OR ${finalStates.includes(to)}::boolean),
              "error_code" = ${error?.code ?? null}::text,
              "error_message" = ${error === undefined ? null : storableMessage(error.message)}::text
            WHERE "id" = ${id} AND "state" = ANY (${[...from]}::run_state[])`;
          return moved === 1;
        },
        { idempotent: false },
      ),
    requestCancel: (id) =>
      retry(async () => {
        const { count } = await database.run.updateMany({
          where: { id, state: { notIn: ['done', 'done_with_failures', 'cancelled'] } },
          data: { cancelRequested: true },
        });
        if (count === 1) return;
        const state = await stateOf(id);
        if (state !== 'cancelled') throw new XaigridError('RUN_STATE', `Run ${id} is ${state}; there is nothing to cancel.`);
      }),
    decide: (id, decisions) =>
      retry(async () => {
        await database.run.updateMany({ where: { id }, data: { decisions } });
      }),
    takeMore: (id, more) => retry(() => takeMore(database, id, more)),
    countRepublished: (id, shards) =>
      retry(
        async () => {
          await database.$executeRaw`
            UPDATE "run" SET "republished_shards" = "republished_shards" + ${shards}, "republished_at" = clock_timestamp()
            WHERE "id" = ${id}`;
        },
        { idempotent: false },
      ),
    // Doing it twice changes nothing: an interrupted run is in none of the states that it leaves.
    interrupt: (id) =>
      retry(async () => {
        const moved = await database.$executeRaw`
          UPDATE "run" SET "state" = 'interrupted', "finished_at" = clock_timestamp(), "error_code" = NULL, "error_message" = NULL
          WHERE "id" = ${id} AND "state" IN ('planned', 'running') AND ${nobodyDrives(id)}`;
        return moved === 1;
      }),
    attended: (ids) => attended(ids, 'driving'),
    stopping: (ids) => attended(ids, 'stopping'),
    evaluations: (id) =>
      retry(async () => {
        const rows = await database.evaluation.findMany({
          where: { runId: id },
          include: evaluationInclude,
          orderBy: { ordinal: 'asc' },
        });
        return rows.map(evaluationRecord);
      }),
    chosen: (evaluationId, start, end, most) => retry(() => readChosen(database, { evaluationId, start, end, most })),
    async progress(id) {
      const found = (await retry(() => readProgress(database, [id]))).get(id);
      if (found === undefined) throw notFound(id);
      return found;
    },
    progressOf: (ids) => retry(() => readProgress(database, ids)),
    counters: (id) =>
      retry(() =>
        queryOne(
          database,
          countersSchema,
          Prisma.sql`
            SELECT coalesce(sum("maps_computed"), 0)::bigint AS "mapsComputed", coalesce(sum("maps_reused"), 0)::bigint AS "mapsReused",
              coalesce(sum("scores_computed"), 0)::bigint AS "scoresComputed", coalesce(sum("scores_reused"), 0)::bigint AS "scoresReused"
            FROM "run_progress" WHERE "run_id" = ${id}`,
        ),
      ),
    failures: (id, limit) =>
      retry(() =>
        queryRows(
          database,
          failureSchema,
          Prisma.sql`
            SELECT e."ordinal" AS "evaluation", s."id" AS "shardId",
              -- With a choice: from the first to the last of its samples.
              coalesce(c."start", s."sample_start") AS "start", coalesce(c."end", s."sample_end") AS "end",
              s."sample_end" - s."sample_start" AS "samples",
              s."failed_stage"::text AS "stage",
              CASE s."failed_stage" WHEN 'explain' THEN s."explain_attempts" ELSE s."score_attempts" END AS "attempts",
              s."error_code" AS "code", s."error_message" AS "message"
            FROM "shard" s JOIN "evaluation" e ON e."id" = s."evaluation_id"
            CROSS JOIN LATERAL (
              SELECT min(h."sample_index") AS "start", max(h."sample_index") + 1 AS "end" FROM "chosen_sample" h
              WHERE h."choice_id" = coalesce(e."order_id", e."choice_id") AND h."position" >= s."sample_start" AND h."position" < s."sample_end"
            ) c
            WHERE s."run_id" = ${id} AND s."failed_at" IS NOT NULL ORDER BY s."id" LIMIT ${limit}`,
        ),
      ),
    remove: (id) =>
      retry(async () => {
        const { count } = await database.run.deleteMany({ where: { id, state: { not: 'running' } } });
        if (count === 1) return;
        throw new XaigridError('RUN_STATE', `Run ${id} is ${await stateOf(id)}; cancel it before it is removed.`);
      }),
  };
}

function notFound(reference: string): XaigridError {
  return new XaigridError('RUN_NOT_FOUND', `No stored run has the id "${reference}". \`xaigrid list\` shows the runs.`);
}
