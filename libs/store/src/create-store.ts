import { z } from 'zod';
import { createArtifactRepository } from './artifacts.js';
import { databaseFailure, toStoreError, unreachable } from './connection/database-error.js';
import { connectionString, parseDatabaseUrl } from './connection/database-url.js';
import { createColumnCache } from './columns/column-cache.js';
import { openClient } from './connection/open-client.js';
import { createRetry } from './connection/retry.js';
import { collectGarbage } from './garbage.js';
import { createMapRepository } from './maps/maps.js';
import { migrate } from './migrations/migrate.js';
import { createPredictionRepository } from './predictions/predictions.js';
import { createAttendance } from './processes/attendance.js';
import { campaign } from './processes/leadership.js';
import { readComparisons } from './results/result-comparisons.js';
import { readRankAgreements } from './results/rank-agreements.js';
import { readScores } from './results/result-scores.js';
import { readHistogram } from './results/sample-histogram.js';
import { readSamplePairs } from './results/sample-pairs.js';
import { readSamples } from './results/sample-list.js';
import { readTable } from './results/result-table.js';
import { readSelectedEvaluations } from './results/selected-evaluations.js';
import { readScoresInOrder } from './results/scores-in-order.js';
import { summarizeRun } from './results/summarize-run.js';
import { createRunRepository } from './runs/runs.js';
import { createScoreRepository } from './scores/scores.js';
import { createShardRepository } from './shards/shards.js';
import { createDatabase, createPool, Prisma } from './sql/prisma.js';
import { countSchema, queryOne } from './sql/rows.js';
import { statementsOn } from './sql/transaction.js';
import type { Store } from './store.js';

/** Which database to connect to, and how. */
export interface StoreOptions {
  /** `postgresql://user:password@host:port/database`, with `sslmode`, `sslrootcert`, `sslcert` and `sslkey` as in libpq. */
  readonly url: string;
  /** The most connections at a time. */
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** Aborts connecting. It has no effect once the store is open. */
  readonly signal?: AbortSignal;
  /** The name in `pg_stat_activity`. */
  readonly applicationName?: string;
}

/** Bytes of columns that are kept in memory: of a million samples, labels, predictions and the scores of some twenty methods. */
const CACHED_COLUMNS = 256 * 1024 ** 2;

/**
 * Connects to Postgres, upgrades its schema to this version and opens the store.
 * @throws DATABASE_UNREACHABLE, DATABASE_SCHEMA, ENVIRONMENT_INVALID (no database URL), INTERRUPTED
 */
export async function createStore(options: StoreOptions): Promise<Store> {
  const address = parseDatabaseUrl(options.url);
  const url = await connectionString(options.url);
  const connection = { ...options, url, applicationName: options.applicationName ?? 'xaigrid' };
  const client = await openClient(connection);
  try {
    await migrate(client);
  } catch (error) {
    throw toStoreError(error, address);
  } finally {
    await client.end().catch(() => undefined);
  }
  const pool = createPool(connection);
  const database = createDatabase(pool);
  const retry = createRetry(address);
  // The signal that aborts connecting is not used here: a process that is told to end keeps driving its runs until it ends.
  const attendance = createAttendance({ ...connection, signal: undefined });
  const runs = createRunRepository(database, retry);
  const columns = createColumnCache(CACHED_COLUMNS);
  return {
    runs: {
      ...runs,
      attended: async (ids) => new Set([...attendance.own(ids), ...(await runs.attended(ids))]),
    },
    shards: createShardRepository({ database, pool, retry }),
    maps: createMapRepository({ database, pool, retry }),
    predictions: createPredictionRepository(database, retry),
    scores: createScoreRepository(database, retry),
    artifacts: createArtifactRepository(database, retry),
    results: {
      table: (runIds, selection = {}) => retry(() => readTable(statementsOn(pool), runIds, selection)),
      evaluations: (runId, selection) => retry(() => readSelectedEvaluations(statementsOn(pool), runId, selection)),
      scores: (query) => retry(() => readScores(pool, query)),
      samples: (query) => retry(() => readSamples({ database, pool, cache: columns }, query)),
      histogram: (query) => retry(() => readHistogram({ database, pool, cache: columns }, query)),
      samplePairs: (query) => retry(() => readSamplePairs({ database, pool, cache: columns }, query)),
      comparisons: (query) => retry(() => readComparisons(statementsOn(pool), query)),
      rankAgreements: (query) => retry(() => readRankAgreements(statementsOn(pool), query)),
      scoresInOrder: (runId, columns) => retry(() => readScoresInOrder(statementsOn(pool), runId, columns)),
      summarize: (runId, signal) => summarizeRun(database, retry, { runId, signal }),
    },
    collectGarbage: (choice) => retry(() => collectGarbage(database, choice)),
    lead: (campaigning) => campaign(connection, campaigning),
    attend: (runId, role = 'driving') => attendance.attend(runId, role),
    async ping() {
      try {
        return await queryOne(
          database,
          pingSchema,
          Prisma.sql`SELECT current_setting('server_version') AS "serverVersion", pg_database_size(current_database()) AS "sizeBytes"`,
        );
      } catch (error) {
        const known = toStoreError(error, address);
        throw known.code === 'DATABASE_UNREACHABLE' ? known : unreachable(address, databaseFailure(error), error);
      }
    },
    async close() {
      await attendance.close();
      await database.$disconnect();
    },
  };
}

const pingSchema = z.object({ serverVersion: z.string(), sizeBytes: countSchema });
