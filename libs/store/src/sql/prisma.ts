import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { closeDeadConnections } from '../connection/dead-connections.js';
import { Prisma, PrismaClient } from '../generated/client.js';

export { Prisma };
export type Database = PrismaClient;
/** What works inside a transaction and outside. */
export type Queries = Prisma.TransactionClient;
/** What runs statements: Prisma, inside a transaction and outside, or a plain connection. */
export interface Statements {
  /** @returns the rows */
  $queryRaw(sql: Prisma.Sql): Promise<unknown>;
  /** @returns how many rows were changed */
  $executeRaw(sql: Prisma.Sql): Promise<number>;
}

/** Connections; each is made when first needed. */
export function createPool(options: {
  readonly url: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly applicationName: string;
}): pg.Pool {
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
  closeDeadConnections(pool, options);
  return pool;
}

/** A client on these connections; disconnecting it ends them. */
export function createDatabase(pool: pg.Pool): Database {
  const adapter = new PrismaPg(pool, { disposeExternalPool: true });
  return new PrismaClient({ adapter, errorFormat: 'minimal' });
}

/** Bulk writes of a large shard on a slow disk may take minutes; Prisma's own limit is 5 s. */
export const transactionLimits = { maxWait: 60_000, timeout: 900_000 } as const;
