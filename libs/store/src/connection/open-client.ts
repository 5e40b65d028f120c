import { Socket } from 'node:net';
import pg from 'pg';
import { XaigridError } from '@xaigrid/contracts';
import { databaseFailure, unreachable } from './database-error.js';
import { parseDatabaseUrl } from './database-url.js';

export interface ConnectOptions {
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly applicationName: string;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenConnection {
  readonly client: pg.Client;
  /** Ends it at once, also when the server does not answer. */
  readonly destroy: () => void;
}

/**
 * One plain connection, for what Prisma cannot do: telling in good words why a database is not reached, and running a
 * migration's many statements in one transaction.
 * @throws DATABASE_UNREACHABLE, ENVIRONMENT_INVALID, INTERRUPTED
 */
export async function openClient(options: ConnectOptions): Promise<pg.Client> {
  return (await openConnection(options)).client;
}

/** As `openClient`, for a connection that must be given up when it hangs. */
export async function openConnection(options: ConnectOptions): Promise<OpenConnection> {
  const address = parseDatabaseUrl(options.url);
  const { signal } = options;
  const socket = new Socket();
  const client = new pg.Client({
    stream: () => socket,
    connectionString: options.url,
    connectionTimeoutMillis: options.connectTimeoutMs,
    application_name: options.applicationName,
  });
  // Losing it shows in the query under way; without a listener it would end the process.
  client.on('error', () => undefined);
  throwIfAborted(signal);
  // `client.end()` would wait for an answer.
  const abort = (): void => void socket.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await client.connect();
  } catch (error) {
    socket.destroy();
    throwIfAborted(signal);
    throw unreachable(address, databaseFailure(error), error);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return { client, destroy: () => void socket.destroy() };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new XaigridError('INTERRUPTED', 'Interrupted while connecting to the database.');
}
