import { XaigridError } from '@xaigrid/contracts';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { databaseFailure, failureKind, toStoreError } from '../src/connection/database-error.js';
import { createDatabase, createPool, Prisma } from '../src/sql/prisma.js';
import { createRetry } from '../src/connection/retry.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('retry');
const address = { host: 'db', port: '5432', database: 'runs', user: 'me' };
const retry = createRetry(address);

/** What Prisma throws for a statement that fails with this SQLSTATE. */
async function prismaError(sqlstate: string): Promise<unknown> {
  const prisma = createDatabase(
    createPool({ url: database.url, maxConnections: 1, connectTimeoutMs: 10_000, applicationName: 'errors' }),
  );
  const failing = Prisma.raw(`DO $$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '${sqlstate}'; END $$`);
  const error: unknown = await prisma.$executeRaw(failing).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  await prisma.$disconnect();
  return error;
}

describe('failureKind', () => {
  it.each([
    ['40P01', 'conflict'],
    ['40001', 'conflict'],
    ['53300', 'unreached'],
    ['57P03', 'unreached'],
    ['57P01', 'lost'],
    ['08006', 'lost'],
    ['22012', 'other'],
    ['57014', 'other'],
  ])('of a Postgres error %s, wrapped by Prisma, is %s', async (sqlstate, kind) => {
    const error = await prismaError(sqlstate);
    const failure = databaseFailure(error);
    expect(failureKind(failure)).toBe(kind);
    if (kind === 'other')
      expect(toStoreError(error, address)).toMatchObject({
        code: sqlstate === '22012' ? 'INTERNAL' : 'DATABASE_FAILED',
        message: 'A database operation failed: made up',
      });
  });

  it('of a server that nobody started is unreached, through Prisma too', async () => {
    const prisma = createDatabase(
      createPool({
        url: 'postgresql://a:secret@127.0.0.1:1/db',
        maxConnections: 1,
        connectTimeoutMs: 1000,
        applicationName: 'errors',
      }),
    );
    const error: unknown = await prisma.$executeRaw`SELECT 1`.catch((thrown: unknown) => thrown);
    expect(failureKind(databaseFailure(error))).toBe('unreached');
    expect(toStoreError(error, address)).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: 'Cannot use database "runs" at db:5432: no server answers there. Start Postgres, or check DATABASE_URL.',
    });
    await prisma.$disconnect();
  });
});

describe('toStoreError', () => {
  it('says that the disk is full', async () => {
    expect(toStoreError(await prismaError('53100'), address)).toMatchObject({
      code: 'FOLDER_UNWRITABLE',
      message: expect.stringContaining('no disk space left (made up)') as string,
    });
  });

  it('passes our own errors on', () => {
    const error = new XaigridError('RUN_STATE', 'It is done.');
    expect(toStoreError(error, address)).toBe(error);
  });
});

describe('retry', () => {
  it('does an operation again after a deadlock, until it succeeds', async () => {
    const deadlock = await prismaError('40P01');
    let tries = 0;
    const result = await retry(async () => {
      tries += 1;
      if (tries < 3) throw deadlock;
      return Promise.resolve('done');
    });
    expect([result, tries]).toEqual(['done', 3]);
  });

  it('does not do again what may have been done and must not be done twice', async () => {
    const lost = await prismaError('57P01');
    let tries = 0;
    const operation = (): Promise<never> => {
      tries += 1;
      return Promise.reject(lost instanceof Error ? lost : new Error('unexpected'));
    };
    await expect(retry(operation, { idempotent: false })).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(tries).toBe(1);
  });

  it('does not try again what cannot succeed', async () => {
    let tries = 0;
    const operation = (): Promise<never> => {
      tries += 1;
      return Promise.reject(new XaigridError('SHAPE_MISMATCH', 'They do not fit.'));
    };
    await expect(retry(operation)).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    expect(tries).toBe(1);
  });

  it('survives a real deadlock', async () => {
    const prisma = createDatabase(
      createPool({
        url: database.url,
        maxConnections: 4,
        connectTimeoutMs: 10_000,
        applicationName: 'deadlock',
      }),
    );
    await database.query(
      'CREATE TABLE pair (id integer PRIMARY KEY, hits integer NOT NULL DEFAULT 0); INSERT INTO pair VALUES (1), (2)',
    );
    let meeting = 0;
    const touch = (first: number, second: number): Promise<void> =>
      retry(() =>
        prisma.$transaction(async (queries) => {
          await queries.$executeRaw`UPDATE pair SET hits = hits + 1 WHERE id = ${first}`;
          meeting += 1;
          while (meeting < 2) await new Promise((resolve) => setTimeout(resolve, 5));
          await queries.$executeRaw`UPDATE pair SET hits = hits + 1 WHERE id = ${second}`;
        }),
      );
    await Promise.all([touch(1, 2), touch(2, 1)]);
    expect(await database.query('SELECT hits FROM pair')).toEqual([{ hits: 2 }, { hits: 2 }]);
    await prisma.$disconnect();
  });

  it('carries the store over a restart of the server’s sessions in mid-work', async () => {
    const killer = new pg.Client(database.url);
    await killer.connect();
    const work = Promise.all(Array.from({ length: 40 }, () => database.store.runs.list({ limit: 1 })));
    await killer.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tests' AND datname = current_database()`,
    );
    await expect(work).resolves.toHaveLength(40);
    await killer.end();
  });
});
