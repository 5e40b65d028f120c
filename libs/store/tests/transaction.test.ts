import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseFailure, failureKind } from '../src/database-error.js';
import { createPool, Prisma } from '../src/prisma.js';
import { inTransaction } from '../src/transaction.js';
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

  it('is not begun where no server answers', async () => {
    const nowhere = createPool({
      url: 'postgresql://a:secret@127.0.0.1:1/db',
      maxConnections: 1,
      connectTimeoutMs: 1000,
      applicationName: 'transaction',
    });
    const error: unknown = await inTransaction(nowhere, () => Promise.resolve()).catch((thrown: unknown) => thrown);
    expect(failureKind(databaseFailure(error))).toBe('unreached');
    await nowhere.end();
  });
});
