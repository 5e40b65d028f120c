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
  /** Ends the connection at once, even if the server does not answer. */
  readonly destroy: () => void;
}

/**
 * Opens one plain connection, for two things that Prisma cannot do: explain well why a database is unreachable, and run the many
 * statements of a migration in one transaction.
 * @throws DATABASE_UNREACHABLE, ENVIRONMENT_INVALID, INTERRUPTED
 */
export async function openClient(options: ConnectOptions): Promise<pg.Client> {
  return (await openConnection(options)).client;
}

/** Like `openClient`, for a connection that may have to be abandoned when it hangs. */
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
  // If the connection is lost, the current query fails. Without a listener the loss would end the process.
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
