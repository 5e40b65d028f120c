import type pg from 'pg';
import type { Statements } from './prisma.js';

/**
 * Does `work` in one transaction on a plain connection of the pool. Prisma's adapter copies a statement's bytes several times, which
 * holds up the JavaScript thread and takes the engines' cores: maps of 200 KB cost 9 ms of processor time a megabyte through it and 1 ms
 * here, besides the server's 3.
 *
 * Values come as `pg` reads them: a `bigint` would be a string.
 */
export async function inTransaction<Result>(pool: pg.Pool, work: (queries: Statements) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection lost between two statements shows in the next one; without a listener it would end the process.
  const ignore = (): void => undefined;
  client.on('error', ignore);
  try {
    await client.query('BEGIN');
    const result = await work(statementsOn(client));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // Without an answer to this the connection is lost, and the transaction with it.
    await client.query('ROLLBACK').catch((lost: unknown) => {
      broken = lost instanceof Error ? lost : new Error(String(lost));
    });
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

/** Single statements on plain connections of a pool, or on one of them. */
export function statementsOn(client: Pick<pg.Pool, 'query'>): Statements {
  return {
    async $queryRaw({ text, values }) {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    },
    async $executeRaw({ text, values }) {
      return (await client.query(text, values)).rowCount ?? 0;
    },
  };
}
