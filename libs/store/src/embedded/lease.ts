import { Socket } from 'node:net';
import pg from 'pg';
import { z } from 'zod';
import { roleName, type Cluster } from './cluster.js';

/**
 * Who uses an embedded server holds a lease: a connection with a shared advisory lock. It ends by itself when its process dies,
 * so that a count of users is never wrong; the exclusive lock tells the last one to leave.
 */
export interface Lease {
  /** @returns whether this was the last lease: then nobody else gets one until the server has stopped */
  release(): Promise<boolean>;
  /** Drops the connection, also one that is broken. */
  close(): Promise<void>;
}

/** The database that runs are stored in. */
export const databaseName = 'xaigrid';

const leaseLock = 7241963;

/** @throws what `pg` throws when the server does not answer, or is going down */
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
  // A lost connection shows in the next query; without a listener it would end the process.
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
  // A lease must not keep its process from ending.
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
    // Two starters at once: the name is taken, or its row is.
    if (error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505')) return;
    throw error;
  });
}
