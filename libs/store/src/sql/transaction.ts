import type pg from 'pg';
import { borrowClient } from '../connection/borrow-client.js';
import { copyIn } from './copy-in.js';
import type { CopyField } from './copy-rows.js';
import type { Statements } from './prisma.js';

/** A connection within a transaction. */
export interface TransactionConnection extends Statements {
  /** Runs a command whose last statement is a `COPY … FROM STDIN (FORMAT binary)`, and sends it rows. */
  copy(command: string, rows: Iterable<readonly CopyField[]>): Promise<void>;
}

/**
 * Does `work` in one transaction on a plain connection of the pool. Prisma's adapter copies the bytes of a statement several
 * times. This blocks the JavaScript thread and takes the cores of the engines: maps of 200 KB cost 9 ms of processor time per
 * megabyte through it, and 1 ms here, plus 3 ms in the server.
 *
 * Values come as `pg` reads them: a `bigint` is a string.
 */
export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (queries: TransactionConnection) => Promise<Result>,
): Promise<Result> {
  const { client, giveBack } = await borrowClient(pool);
  let broken = false;
  try {
    await client.query('BEGIN');
    const result = await work({ ...statementsOn(client), copy: (command, rows) => copyIn(client, command, rows) });
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // Without an answer, the connection is lost and the transaction with it.
    await client.query('ROLLBACK').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    giveBack(broken);
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
