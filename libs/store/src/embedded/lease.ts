import { Socket } from 'node:net';
import pg from 'pg';
import { z } from 'zod';
import { roleName, type Cluster } from './cluster.js';

/**
 * A lease on an embedded server, held by each process that uses it: a connection with a shared advisory lock. It ends by itself
 * when its process dies, so the number of users is never wrong. The last user to leave can take the exclusive lock.
 */
export interface Lease {
  /** @returns whether this was the last lease. If so, nobody can get a new one until the server has stopped */
  release(): Promise<boolean>;
  /** Closes the connection, even a broken one. */
  close(): Promise<void>;
}

/** The name of the database that stores runs. */
export const databaseName = 'xaigrid';

const leaseLock = 7241963;

/**
 * Takes a lease.
 * @throws the errors of `pg` if the server does not answer or is shutting down
 */
export async function takeLease(cluster: Cluster, port: number): Promise<Lease | 'another-server'> {
  const socket = new Socket();
  const client = new pg.Client({
    stream: () => socket,
    host: '127.0.0.1',
    port,
    user: roleName,
    password: cluster.password,
    database: 'postgres',
    application_name: 'xaigrid-lease',
    connectionTimeoutMillis: 10_000,
    ssl: false,
  });
  // If the connection is lost, the next query fails. Without a listener the loss would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    if (!(await isServerOfCluster(client, cluster))) {
      await client.end();
      return 'another-server';
    }
    await client.query('SELECT pg_advisory_lock_shared($1)', [leaseLock]);
    await createDatabase(client);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  // A lease must not keep its process alive.
  socket.unref();
  return {
    async release() {
      socket.ref();
      await client.query('SELECT pg_advisory_unlock_shared($1)', [leaseLock]);
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS last', [leaseLock]);
      return z.tuple([z.object({ last: z.boolean() })]).parse(rows)[0].last;
    },
    async close() {
      await client.end().catch(() => undefined);
    },
  };
}

async function isServerOfCluster(client: pg.Client, cluster: Cluster): Promise<boolean> {
  const { rows } = await client.query('SHOW data_directory');
  return z.tuple([z.object({ data_directory: z.string() })]).parse(rows)[0].data_directory === cluster.dataFolder;
}

async function createDatabase(client: pg.Client): Promise<void> {
  const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [databaseName]);
  if (found.rowCount !== 0) return;
  await client.query(`CREATE DATABASE ${databaseName}`).catch((error: unknown) => {
    // Two processes start it at once: the name, or its row, exists already.
    if (error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505')) return;
    throw error;
  });
}
