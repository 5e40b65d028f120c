import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from './generated/client.js';

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
  const adapter = new PrismaPg({
    connectionString: options.url,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    application_name: options.applicationName,
    keepAlive: true,
    // The adapter writes and reads timestamps as if the session's time zone were UTC: it must be.
    options: '-c timezone=UTC',
  });
  return new PrismaClient({ adapter, errorFormat: 'minimal' });
}

/** Bulk writes of a large shard on a slow disk may take minutes; Prisma's own limit is 5 s. */
export const transactionLimits = { maxWait: 60_000, timeout: 900_000 } as const;
