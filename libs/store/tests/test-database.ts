import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { createStore, startEmbeddedPostgres, type EmbeddedPostgres, type Store } from '../src/index.js';

/** All test files of a user share one server: the first starts it, the last stops it. */
const folder = join(tmpdir(), `xaigrid-store-tests-${userInfo().username}`);

export interface TestDatabase {
  readonly url: string;
  readonly store: Store;
  /** A statement behind the store's back. */
  readonly query: <Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>;
}

/** A database of its own for a test file, with the store opened on it; dropped at the end, kept when a test failed. */
export function useTestDatabase(name: string): TestDatabase {
  let server: EmbeddedPostgres | undefined;
  let admin: pg.Client | undefined;
  let client: pg.Client | undefined;
  let store: Store | undefined;
  let failed = false;
  let url = '';
  const database = `${name}_${String(process.pid)}_${String(Date.now())}`;

  beforeAll(async () => {
    server = await startEmbeddedPostgres({ folder });
    admin = new pg.Client(server.url);
    await admin.connect();
    await admin.query(`CREATE DATABASE "${database}"`);
    const own = new URL(server.url);
    own.pathname = `/${database}`;
    url = own.href;
    store = await createStore({ url, maxConnections: 8, connectTimeoutMs: 10_000, applicationName: 'tests' });
    client = new pg.Client(url);
    await client.connect();
  });

  afterEach(({ task }) => {
    failed ||= task.result?.state === 'fail';
  });

  afterAll(async () => {
    await store?.close();
    await client?.end();
    if (!failed) await admin?.query(`DROP DATABASE "${database}" WITH (FORCE)`);
    await admin?.end();
    await server?.stop();
  });

  return {
    get url() {
      return url;
    },
    get store() {
      if (store === undefined) throw new Error('The store opens in beforeAll.');
      return store;
    },
    query: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) => {
      if (client === undefined) throw new Error('The client connects in beforeAll.');
      return (await client.query<Row>(sql, values)).rows;
    },
  };
}
