import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { databaseFailure, tellsOfServer } from '../connection/database-error.js';
import { readMigrations, type Migration } from './migrations.js';

/** The number of the advisory lock. `prisma migrate` takes the same lock, so the two exclude each other. */
const migrationLock = 72707369;

/** The same table that `prisma migrate` makes, so that `prisma migrate deploy` can continue where we stopped, and the reverse. */
const bookkeeping = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

const recordSchema = z.object({ migration_name: z.string(), checksum: z.string(), finished: z.boolean() });
type MigrationRecord = z.infer<typeof recordSchema>;

/**
 * Upgrades the database to this version's schema. Each missing migration has its own transaction, under an advisory lock of that
 * transaction (so it works through a connection pooler too). Any number of processes may do this at once.
 * @throws DATABASE_SCHEMA if the database is newer than this version, was changed by hand, or is not ours; the errors of `pg` if
 * the connection is lost
 */
export async function migrate(client: pg.Client): Promise<void> {
  const migrations = await readMigrations();
  await requireVersion(client);
  try {
    while (pending(migrations, await readRecords(client)).length > 0) await applyNext(client, migrations);
  } catch (error) {
    if (error instanceof XaigridError) throw error;
    const failure = databaseFailure(error);
    // Postgres was unreachable or out of space. This says nothing about the schema.
    if (tellsOfServer(failure)) throw error;
    const { codes, message } = failure;
    throw new XaigridError(
      'DATABASE_SCHEMA',
      `The database's schema cannot be brought to this version: ${message}. ${adviceFor(codes)}`,
      { cause: error },
    );
  }
}

function adviceFor(codes: ReadonlySet<string>): string {
  if (codes.has('42501')) return 'Grant the user CREATE on the database and its schema, or migrate as its owner.';
  if (codes.has('42P07') || codes.has('42710'))
    return 'It holds tables that are not from xaigrid: give xaigrid a database of its own.';
  if (codes.has('55P03')) return 'Another process has been migrating it for a minute: try again, or end that process.';
  return 'Nothing was changed by the failed step.';
}

/** The oldest version with infinities in `numeric`, which the views need. */
const oldestVersion = 140_000;

async function requireVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS name`,
  );
  const [version] = z.tuple([z.object({ number: z.int(), name: z.string() })]).parse(rows);
  if (version.number < oldestVersion) {
    throw new XaigridError('DATABASE_SCHEMA', `Postgres ${version.name} is too old: xaigrid needs 14 or newer.`);
  }
}

async function readRecords(client: pg.Client): Promise<MigrationRecord[]> {
  const { rows: tables } = await client.query(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`);
  if (!z.tuple([z.object({ there: z.boolean() })]).parse(tables)[0].there) return [];
  const { rows } = await client.query(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY migration_name`,
  );
  return z.array(recordSchema).parse(rows);
}

/**
 * The migrations still to apply.
 * @throws DATABASE_SCHEMA if the applied ones are not the beginning of the known ones
 */
function pending(migrations: readonly Migration[], records: readonly MigrationRecord[]): readonly Migration[] {
  for (const record of records) {
    const known = migrations.find(({ name }) => name === record.migration_name);
    if (known === undefined) {
      throw new XaigridError(
        'DATABASE_SCHEMA',
        `The database is newer than this xaigrid (it has migration "${record.migration_name}"). Use the version that made it, or another database.`,
      );
    }
    if (!record.finished) {
      throw new XaigridError(
        'DATABASE_SCHEMA',
        `Migration "${known.name}" failed half-way under another tool. Resolve it with \`prisma migrate resolve\`.`,
      );
    }
    if (known.checksum !== record.checksum) {
      throw new XaigridError(
        'DATABASE_SCHEMA',
        `Migration "${known.name}" was applied to the database in another form than this xaigrid has. Use the version that made it, or another database.`,
      );
    }
  }
  const applied = new Set(records.map((record) => record.migration_name));
  const missing = migrations.filter(({ name }) => !applied.has(name));
  const newest = records.at(-1)?.migration_name ?? '';
  const skipped = missing.find(({ name }) => name < newest);
  if (skipped !== undefined) {
    throw new XaigridError(
      'DATABASE_SCHEMA',
      `The database lacks migration "${skipped.name}" but has later ones. Restore it from a backup, or use another database.`,
    );
  }
  return missing;
}

async function applyNext(client: pg.Client, migrations: readonly Migration[]): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = '60s'`);
    await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    await client.query(bookkeeping);
    // Another process may have applied it while we waited for the lock.
    const [next] = pending(migrations, await readRecords(client));
    if (next !== undefined) {
      const startedAt = new Date();
      await client.query(next.sql);
      await client.query(
        `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
         VALUES ($1, $2, $3, $4, clock_timestamp(), 1)`,
        [randomUUID(), next.checksum, next.name, startedAt],
      );
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
