import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { closeDeadConnections } from '../connection/dead-connections.js';
import { Prisma, PrismaClient } from '../generated/client.js';

export { Prisma };
export type Database = PrismaClient;
/** Queries through Prisma, inside a transaction or outside. */
export type Queries = Prisma.TransactionClient;
/** Runs statements: through Prisma, inside a transaction or outside, or on a plain connection. */
export interface Statements {
  /** @returns the rows */
  $queryRaw(sql: Prisma.Sql): Promise<unknown>;
  /** @returns how many rows were changed */
  $executeRaw(sql: Prisma.Sql): Promise<number>;
}

/** A pool of connections. Each is made when it is first needed. */
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
    // The adapter writes and reads timestamps as if the session's time zone were UTC, so it must be UTC. A worker that is frozen
    // or cut off in a transaction must not keep its shard locked from its successor.
    options: '-c timezone=UTC -c idle_in_transaction_session_timeout=30000',
  });
  // The loss of an idle connection does no harm. Without a listener it would end the process.
  pool.on('error', () => undefined);
  closeDeadConnections(pool, options);
  return pool;
}

/** A Prisma client on this pool. Disconnecting it ends the connections. */
export function createDatabase(pool: pg.Pool): Database {
  const adapter = new PrismaPg(pool, { disposeExternalPool: true });
  return new PrismaClient({ adapter, errorFormat: 'minimal' });
}

/** Bulk writes of a large shard to a slow disk may take minutes. Prisma's own limit is 5 s. */
export const transactionLimits = { maxWait: 60_000, timeout: 900_000 } as const;
