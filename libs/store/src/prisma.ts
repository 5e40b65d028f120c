import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from './generated/client.js';
import { watchSilence } from './silence.js';

export { Prisma };
export type Database = PrismaClient;
/** What works inside a transaction and outside. */
export type Queries = Prisma.TransactionClient;

/** A client with a pool of its own; connects at its first query. */
export function createDatabase(options: {
  readonly url: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly applicationName: string;
}): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    application_name: options.applicationName,
    keepAlive: true,
    // The adapter writes and reads timestamps as if the session's time zone were UTC: it must be.
    // A worker that is frozen or cut off in a transaction must not keep its shard locked from its successor.
    options: '-c timezone=UTC -c idle_in_transaction_session_timeout=30000',
  });
  // Losing an idle connection is nothing; without a listener it would end the process.
  pool.on('error', () => undefined);
  watchSilence(pool, options);
  const adapter = new PrismaPg(pool, { disposeExternalPool: true });
  return new PrismaClient({ adapter, errorFormat: 'minimal' });
}

/** Bulk writes of a large shard on a slow disk may take minutes; Prisma's own limit is 5 s. */
export const transactionLimits = { maxWait: 60_000, timeout: 900_000 } as const;
