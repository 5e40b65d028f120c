import {
  mapSetKey,
  predictionSetKey,
  scoreSetKey,
  XaigridError,
  type AggregatedMeasure,
  type PlannedEvaluation,
  type PlannedSetting,
} from '@xaigrid/contracts';
import { choiceOf, ensureChoice, ensureOrder, type StoredChoice } from '../samples/sample-choices.js';
import { Prisma, transactionLimits, type Database, type Queries } from '../sql/prisma.js';
import { storable } from '../sql/stored-text.js';
import type { NewRun, RunRecord } from '../store.js';
import { runRecord } from './run-records.js';

/**
 * A lock that is shared while a run takes its sets, and exclusive while garbage is collected: no set of a new run is collected.
 */
export const setsLock = 7241964;

/** Writes a run with its evaluations, sets and shards in one transaction. */
export async function createRun(database: Database, run: NewRun): Promise<RunRecord> {
  return database.$transaction(async (queries) => {
    await queries.$executeRaw`SELECT pg_advisory_xact_lock_shared(${setsLock}::bigint)`;
    const { id, name, specText } = run;
    const { count } = await queries.run.createMany({
      data: [
        {
          ...{
            id,
            name: storable(name),
            specText: storable(specText),
            versions: { ...run.versions },
            priority: run.priority ?? 0,
            ...(run.untilDecided === undefined ? {} : { untilDecided: run.untilDecided.asked }),
          },
          datasets: named(run, ({ dataset }) => dataset.name),
          models: named(run, ({ model }) => model.name),
          methods: named(run, ({ explainer }) => explainer.method),
        },
      ],
      skipDuplicates: true,
    });
    if (count === 0)
      throw new XaigridError('RUN_STATE', `A run with id ${id} is stored already. Start the run again to get another id.`);
    const keyed = run.evaluations.map((evaluation) => keysOf(evaluation));
    const sets = await ensureSets(queries, keyed);
    const choices = await storeChoices(queries, run);
    const orders = await storeOrders(queries, run);
    for (const [ordinal, { plan, shardSize, work }] of run.evaluations.entries()) {
      const keys = keyed[ordinal];
      if (keys === undefined) continue;
      const choice = plan.chosen === undefined ? undefined : choices.get(plan.chosen.sha256);
      const evaluation = await queries.evaluation.create({
        data: {
          runId: id,
          ordinal,
          plan,
          samples: plan.samples,
          ...choice,
          ...(orders.length === 0 ? {} : { orderId: orders[ordinal], shardSize }),
          mapSetId: sets.maps(keys.maps),
          predictionSetId: sets.predictions(keys.predictions),
        },
        select: { id: true },
      });
      await queries.evaluationSetting.createMany({
        data: keys.scores.map(({ key }, position) => ({
          evaluationId: evaluation.id,
          ordinal: position,
          scoreSetId: sets.scores(key),
        })),
      });
      await insertShards(queries, { runId: id, evaluationId: evaluation.id, samples: plan.samples, shardSize, work });
    }
    return runRecord(await queries.run.findUniqueOrThrow({ where: { id } }));
  }, transactionLimits);
}

/** The choices of its evaluations, in the order of their keys. */
async function storeChoices(
  queries: Queries,
  { evaluations, choices = new Map() }: NewRun,
): Promise<ReadonlyMap<string, StoredChoice>> {
  const wanted = new Map<string, Int32Array<ArrayBuffer>>();
  for (const { plan } of evaluations) {
    const indices = choiceOf(plan, choices);
    if (indices !== undefined && plan.chosen !== undefined) wanted.set(plan.chosen.sha256, indices);
  }
  const stored = new Map<string, StoredChoice>();
  for (const [key, indices] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1)))
    stored.set(key, await ensureChoice(queries, indices));
  return stored;
}

/** The ids of the orders in which the evaluations of a run take samples until pairs are decided; none of other runs. */
async function storeOrders(queries: Queries, { untilDecided }: NewRun): Promise<number[]> {
  const ids = new Map<Int32Array<ArrayBuffer>, number>();
  for (const order of untilDecided?.orders ?? []) if (!ids.has(order)) ids.set(order, await ensureOrder(queries, order));
  return (untilDecided?.orders ?? []).flatMap((order) => ids.get(order) ?? []);
}

/** The names of what the evaluations are about, without repeats. */
function named({ evaluations }: NewRun, nameOf: (plan: PlannedEvaluation) => string): string[] {
  return [...new Set(evaluations.map(({ plan }) => storable(nameOf(plan))))];
}

interface ScoreSetKeys {
  readonly key: string;
  readonly planned: PlannedSetting;
  readonly measures: readonly AggregatedMeasure[];
}

interface EvaluationKeys {
  readonly maps: string;
  readonly predictions: string;
  readonly scores: readonly ScoreSetKeys[];
}

function keysOf({ plan, measures }: NewRun['evaluations'][number]): EvaluationKeys {
  const maps = mapSetKey(plan);
  const scores = plan.settings.map((planned, position) => {
    const described = measures[position];
    if (described === undefined) throw new XaigridError('INTERNAL', `Setting ${position} of "${plan.label}" has no measures.`);
    return { key: scoreSetKey(maps, planned), planned, measures: described };
  });
  return { maps, predictions: predictionSetKey(plan), scores };
}

type IdOf = (key: string) => number;

/** Adds the sets that do not exist yet, in the order of their keys, so that runs created at once never deadlock. */
async function ensureSets(
  queries: Queries,
  keyed: readonly EvaluationKeys[],
): Promise<{ maps: IdOf; predictions: IdOf; scores: IdOf }> {
  const maps = distinct(keyed.map((keys) => keys.maps));
  const predictions = distinct(keyed.map((keys) => keys.predictions));
  const scores = new Map(keyed.flatMap((keys) => keys.scores.map((score) => [score.key, score])));
  const scoreKeys = distinct([...scores.keys()]);
  const rows = scoreKeys.flatMap((key) => scores.get(key) ?? []).map(scoreSetRow);
  await queries.mapSet.createMany({ data: maps.map((key) => ({ key })), skipDuplicates: true });
  await queries.predictionSet.createMany({ data: predictions.map((key) => ({ key })), skipDuplicates: true });
  await queries.scoreSet.createMany({ data: rows, skipDuplicates: true });
  const select = { id: true, key: true };
  return {
    maps: idOf(await queries.mapSet.findMany({ where: { key: { in: maps } }, select })),
    predictions: idOf(await queries.predictionSet.findMany({ where: { key: { in: predictions } }, select })),
    scores: idOf(await queries.scoreSet.findMany({ where: { key: { in: scoreKeys } }, select })),
  };
}

function distinct(keys: readonly string[]): string[] {
  return [...new Set(keys)].sort();
}

function scoreSetRow({ key, planned, measures }: ScoreSetKeys): Prisma.ScoreSetCreateManyInput {
  return {
    key,
    metric: planned.metric,
    version: planned.version,
    scoredClass: String(planned.scoredClass),
    setting: planned.setting,
    measureNames: measures.map((measure) => measure.name),
    aggregates: measures.map((measure) => measure.aggregate),
  };
}

function idOf(rows: readonly { readonly id: number; readonly key: string }[]): IdOf {
  const ids = new Map(rows.map((row) => [row.key, row.id]));
  return (key) => {
    const id = ids.get(key);
    if (id === undefined) throw new XaigridError('INTERNAL', `The set with key ${key} was added but is not there.`);
    return id;
  };
}

/** A limit, so that no sum over a run exceeds a `bigint` of Postgres. */
const MOST_MEGAFLOP = 1e9;

/**
 * The cost of a sample at one stage, as shards store it. It is at least 1, because a sample also costs something outside its
 * model.
 */
function megaflop(flop = 0): number {
  return Math.min(MOST_MEGAFLOP, Math.max(1, Math.ceil(flop / 1e6)));
}

/** Inserts all shards in one statement. A million shards take some seconds. */
async function insertShards(
  queries: Queries,
  {
    runId,
    evaluationId,
    samples,
    shardSize,
    work,
  }: {
    readonly runId: string;
    readonly evaluationId: number;
    readonly samples: number;
    readonly shardSize: number;
    readonly work: NewRun['evaluations'][number]['work'] | undefined;
  },
): Promise<void> {
  await queries.$executeRaw`
    INSERT INTO "shard" ("run_id", "evaluation_id", "sample_start", "sample_end", "explain_work", "score_work")
    SELECT ${runId}, ${evaluationId}::integer, s."start", least(s."start"::bigint + ${shardSize}::integer, ${samples}::integer)::integer,
      ${megaflop(work?.explain)}::bigint, ${megaflop(work?.score)}::bigint
    FROM generate_series(0, ${samples - 1}::integer, ${shardSize}::integer) AS s ("start")`;
}

/** A run with this many shards changes the table so much that Postgres must analyze it again. */
const MANY_SHARDS = 10_000;

/**
 * Analyzes the table after a large run was written. Autovacuum would do so within two minutes. Until then queries are planned for
 * the table as it was, and a million shards are processed at a quarter of the speed. A failure is ignored: the run is not to
 * blame.
 */
export async function refreshStatistics(database: Database, { evaluations }: NewRun): Promise<void> {
  const shards = evaluations.reduce((sum, { plan, shardSize }) => sum + Math.ceil(plan.samples / shardSize), 0);
  if (shards >= MANY_SHARDS) await database.$executeRaw`ANALYZE "shard"`.catch(() => undefined);
}
