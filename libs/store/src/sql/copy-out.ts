import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { borrowClient } from '../connection/borrow-client.js';
import { rowsOfCopy } from './copy-rows.js';

/**
 * The rows of a query, with fields in Postgres's binary format. Bytes are not converted: a map of 600 KB takes 1 ms of the
 * JavaScript thread, against 3 ms as text through `pg` and 6 ms through Prisma.
 *
 * @param query without parameters, because COPY takes none
 */
export async function copyOut(pool: pg.Pool, query: string): Promise<Iterable<(Buffer | null)[]>> {
  const { client, giveBack } = await borrowClient(pool);
  let broken = true;
  try {
    const chunks: Uint8Array[] = [];
    const stream: AsyncIterable<Uint8Array> = client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`));
    for await (const chunk of stream) chunks.push(chunk);
    broken = false;
    return rowsOfCopy(Buffer.concat(chunks));
  } finally {
    giveBack(broken);
  }
}
