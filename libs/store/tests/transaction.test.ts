import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyOut } from '../src/sql/copy-out.js';
import { databaseFailure, failureKind } from '../src/connection/database-error.js';
import { createPool, Prisma } from '../src/sql/prisma.js';
import { inTransaction } from '../src/sql/transaction.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('transaction');
let pool: pg.Pool;

beforeAll(async () => {
  pool = createPool({ url: database.url, maxConnections: 1, connectTimeoutMs: 10_000, applicationName: 'transaction' });
  await database.query('CREATE TABLE note (id integer PRIMARY KEY, bytes bytea, words text[])');
});
afterAll(() => pool.end());

const notes = (): Promise<unknown> => database.query('SELECT id FROM note ORDER BY id');

describe('inTransaction', () => {
  it('keeps all that was written, bytes and arrays as they were, and counts rows', async () => {
    const bytes = Buffer.from([0, 255, 92, 39]);
    const words = ['a"b', 'c\\d', '{}', 'e,f', ''];
    const changed = await inTransaction(pool, (queries) =>
      queries.$executeRaw(Prisma.sql`INSERT INTO note VALUES (1, ${bytes}, ${words}), (2, NULL, NULL)`),
    );
    expect(changed).toBe(2);
    const rows = await inTransaction(pool, (queries) => queries.$queryRaw(Prisma.sql`SELECT * FROM note WHERE id = ${1}`));
    expect(rows).toEqual([{ id: 1, bytes, words }]);
  });

  it('keeps nothing of what fails, and hands the connection on', async () => {
    const before = await notes();
    const failing = inTransaction(pool, async (queries) => {
      await queries.$executeRaw(Prisma.sql`INSERT INTO note VALUES (3)`);
      return queries.$executeRaw(Prisma.sql`INSERT INTO note VALUES (1)`);
    });
    await expect(failing).rejects.toThrow(/duplicate key/);
    expect(await notes()).toEqual(before);
    const pid = Prisma.sql`SELECT pg_backend_pid() AS "pid"`;
    const first = await inTransaction(pool, (queries) => queries.$queryRaw(pid));
    expect(await inTransaction(pool, (queries) => queries.$queryRaw(pid))).toEqual(first);
  });

  it('keeps nothing when the server ends the connection, says that it was lost, and goes on with another', async () => {
    const before = await notes();
    const error: unknown = await inTransaction(pool, async (queries) => {
      await queries.$executeRaw(Prisma.sql`INSERT INTO note VALUES (4)`);
      return queries.$executeRaw(Prisma.sql`SELECT pg_terminate_backend(pg_backend_pid())`);
    }).catch((thrown: unknown) => thrown);
    expect(failureKind(databaseFailure(error))).toBe('lost');
    expect(await inTransaction(pool, (queries) => queries.$queryRaw(Prisma.sql`SELECT 1 AS "one"`))).toEqual([{ one: 1 }]);
    expect(await notes()).toEqual(before);
  });

  it('copies rows in, small and large, byte for byte', async () => {
    const fields = [0, 1, 100, 20_000, 65_000, 65_500, 1_000_000, 7].map((size) =>
      Buffer.from(Array.from({ length: size }, (_, at) => (at * 31) % 256)),
    );
    await inTransaction(pool, (queries) =>
      queries.copy(
        'COPY note (id, bytes) FROM STDIN (FORMAT binary)',
        fields.map((field, at) => [100 + at, field]),
      ),
    );
    const rows = await database.query<{ bytes: Buffer }>('SELECT bytes FROM note WHERE id >= 100 ORDER BY id');
    expect(rows.map(({ bytes }) => bytes.equals(fields.shift() ?? Buffer.alloc(0)))).toEqual(Array(8).fill(true));
  });

  // Postgres gives up at the first row, while most of 30 MB is still to be sent.
  it('sends no more of a copy that Postgres refuses, and hands the connection on', async () => {
    const before = await notes();
    const large = Buffer.alloc(1_000_000);
    const refused = inTransaction(pool, (queries) =>
      queries.copy(
        'COPY note (id, bytes) FROM STDIN (FORMAT binary)',
        Array.from({ length: 30 }, (_, at) => [1 + at, large]),
      ),
    );
    await expect(refused).rejects.toMatchObject({ code: '23505' });
    expect(await inTransaction(pool, (queries) => queries.$queryRaw(Prisma.sql`SELECT 1 AS "one"`))).toEqual([{ one: 1 }]);
    expect(await notes()).toEqual(before);
  });

  // The rows after the refused one lie where the first ones did.
  it('copies what comes after a copy that Postgres refused', async () => {
    const bytes = (seed: number): Buffer => Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * seed) % 256));
    await inTransaction(pool, async (queries) => {
      const copy = (ids: readonly number[]): Promise<void> =>
        queries.copy(
          'SAVEPOINT s; COPY note (id, bytes) FROM STDIN (FORMAT binary)',
          ids.map((id) => [id, bytes(id)]),
        );
      await expect(copy([1, 401, 402, 403])).rejects.toMatchObject({ code: '23505' });
      await queries.$executeRaw(Prisma.sql`ROLLBACK TO SAVEPOINT s`);
      await copy([401, 403, 405]);
    });
    const rows = await database.query<{ id: number; bytes: Buffer }>(
      'SELECT id, bytes FROM note WHERE id BETWEEN 400 AND 410 ORDER BY id',
    );
    expect(rows.map(({ id, bytes: found }) => [id, found.equals(bytes(id))])).toEqual([401, 403, 405].map((id) => [id, true]));
  });

  it('fails with what went wrong in making the rows, and hands the connection on', async () => {
    const before = await notes();
    const tooLarge = inTransaction(pool, (queries) =>
      queries.copy('COPY note (id) FROM STDIN (FORMAT binary)', [[411], [2 ** 31]]),
    );
    await expect(tooLarge).rejects.toThrow(RangeError);
    expect(await inTransaction(pool, (queries) => queries.$queryRaw(Prisma.sql`SELECT 1 AS "one"`))).toEqual([{ one: 1 }]);
    expect(await notes()).toEqual(before);
  });

  // The copy waits at its second row, which another transaction has written and not committed; 28 MB are still to be sent.
  it('says that a connection was lost that the server ends within a copy', async () => {
    const before = await notes();
    const large = Buffer.alloc(1_000_000);
    const other = new pg.Client(database.url);
    await other.connect();
    await other.query('BEGIN');
    await other.query('INSERT INTO note VALUES (301)');
    const copying = inTransaction(pool, (queries) =>
      queries.copy(
        'COPY note (id, bytes) FROM STDIN (FORMAT binary)',
        Array.from({ length: 30 }, (_, at) => [300 + at, large]),
      ),
    ).catch((thrown: unknown) => thrown);
    const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'transaction' AND wait_event = 'transactionid'`;
    while ((await other.query(end)).rowCount === 0) await delay(20);
    expect(failureKind(databaseFailure(await copying))).toBe('lost');
    await other.query('ROLLBACK');
    await other.end();
    expect(await inTransaction(pool, (queries) => queries.$queryRaw(Prisma.sql`SELECT 1 AS "one"`))).toEqual([{ one: 1 }]);
    expect(await notes()).toEqual(before);
  });

  it('is copied out of as it was copied in, with what is NULL', async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * 31) % 256));
    await inTransaction(pool, (queries) =>
      queries.copy(
        'COPY note (id, bytes) FROM STDIN (FORMAT binary)',
        [bytes, null, Buffer.alloc(0)].map((field, at) => [500 + at, field]),
      ),
    );
    const rows = [...(await copyOut(pool, 'SELECT bytes, id FROM note WHERE id >= 500 ORDER BY id'))];
    expect(rows.map(([, id]) => id?.readInt32BE())).toEqual([500, 501, 502]);
    expect(rows[0]?.[0]?.equals(bytes)).toBe(true);
    expect(rows.slice(1).map(([field]) => field)).toEqual([null, Buffer.alloc(0)]);
    expect([...(await copyOut(pool, 'SELECT id FROM note WHERE false'))]).toEqual([]);
    await expect(copyOut(pool, 'SELECT nothing FROM note')).rejects.toMatchObject({ code: '42703' });
    expect(await inTransaction(pool, (queries) => queries.$queryRaw(Prisma.sql`SELECT 1 AS "one"`))).toEqual([{ one: 1 }]);
  });

  // Rows come without end until the server ends the connection.
  it('says that a connection was lost that the server ends while it is copied out of', async () => {
    const other = new pg.Client(database.url);
    await other.connect();
    const copying = copyOut(pool, 'SELECT i, pg_sleep(0.001) FROM generate_series(1, 1000000000) i').catch(
      (thrown: unknown) => thrown,
    );
    const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'transaction' AND query LIKE 'COPY%' AND query_start < clock_timestamp() - interval '100 milliseconds'`;
    while ((await other.query(end)).rowCount === 0) await delay(20);
    expect(failureKind(databaseFailure(await copying))).toBe('lost');
    await other.end();
    expect(await inTransaction(pool, (queries) => queries.$queryRaw(Prisma.sql`SELECT 1 AS "one"`))).toEqual([{ one: 1 }]);
  });

  it('is not begun where no server answers', async () => {
    const nowhere = createPool({
      url: 'postgresql://a:secret@127.0.0.1:1/db',
      maxConnections: 1,
      connectTimeoutMs: 1000,
      applicationName: 'transaction',
    });
    const error: unknown = await inTransaction(nowhere, () => Promise.resolve()).catch((thrown: unknown) => thrown);
    expect(failureKind(databaseFailure(error))).toBe('unreached');
    const copied: unknown = await copyOut(nowhere, 'SELECT 1').catch((thrown: unknown) => thrown);
    expect(failureKind(databaseFailure(copied))).toBe('unreached');
    await nowhere.end();
  });
});
