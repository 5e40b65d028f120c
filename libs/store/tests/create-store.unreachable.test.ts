import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createStore, isDatabaseAway, redactUrl } from '../src/index.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('unreachable');

function open(url: string, connectTimeoutMs = 10_000): Promise<unknown> {
  return createStore({ url, maxConnections: 1, connectTimeoutMs });
}

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

describe('createStore', () => {
  it('says that nothing listens, where, and what to do, without the password', async () => {
    await expect(open('postgresql://somebody:secret@127.0.0.1:1/xaigrid')).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: 'Cannot use database "xaigrid" at 127.0.0.1:1: nothing listens there. Start Postgres, or check DATABASE_URL.',
    });
  });

  it('says that the login is refused', async () => {
    const url = changed((own) => (own.password = 'wrong'));
    await expect(open(url)).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('the login of user "xaigrid" is refused. Check user and password') as string,
    });
  });

  it('says that the database does not exist', async () => {
    const url = changed((own) => (own.pathname = '/nowhere'));
    await expect(open(url)).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('there is no such database. Create it (createdb nowhere)') as string,
    });
  });

  it('says that the host name is not known', async () => {
    await expect(open('postgresql://a:b@nowhere.invalid/db')).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(
        /database "db" at nowhere\.invalid:5432: (the host name nowhere\.invalid is not known|getaddrinfo)/,
      ) as string,
    });
  });

  it('gives up on a server that accepts and says nothing, in time or when interrupted', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const url = `postgresql://a:b@127.0.0.1:${String(port)}/db`;
    await expect(open(url, 100)).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('it does not answer in time') as string,
    });
    const interrupted = createStore({ url, maxConnections: 1, connectTimeoutMs: 60_000, signal: AbortSignal.timeout(50) });
    await expect(interrupted).rejects.toMatchObject({ code: 'INTERRUPTED' });
    silent.close();
  });

  it('says that the connection was lost on the way to the schema, which says nothing of the schema', async () => {
    for (const words of ['server_version_num', '_prisma_migrations']) {
      const line = await startBreaking(database.url, words);
      const error: unknown = await open(line.url).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: expect.stringContaining(line.place) as string });
      expect(isDatabaseAway(error)).toBe(true);
      await line.close();
    }
  });

  it('says what a database URL looks like', async () => {
    for (const url of ['mysql://a@b/c', 'nonsense', '']) {
      await expect(open(url)).rejects.toMatchObject({
        code: 'ENVIRONMENT_INVALID',
        message: expect.stringContaining('postgresql://user:password@host') as string,
      });
    }
  });
});

describe('ping', () => {
  it('tells version and size', async () => {
    const { serverVersion, sizeBytes } = await database.store.ping();
    expect(serverVersion).toMatch(/^\d+/);
    expect(sizeBytes).toBeGreaterThan(1_000_000);
  });

  it('recovers when the server ends its sessions', async () => {
    await database.store.ping();
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tests' AND datname = current_database()`,
    );
    await expect(database.store.runs.list({ limit: 1 })).resolves.toEqual([]);
    await expect(database.store.ping()).resolves.toBeDefined();
  });
});

describe('redactUrl', () => {
  it('shows neither user, password nor query', () => {
    expect(redactUrl('postgres://me:secret@db.example:6432/runs?sslmode=require&password=secret')).toBe(
      'postgresql://db.example:6432/runs',
    );
    expect(redactUrl('postgresql://db/runs')).toBe('postgresql://db:5432/runs');
  });
});

/** A way to the server that breaks as soon as the client says these words. */
async function startBreaking(url: string, words: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    far.pipe(near);
    near.on('data', (part) => {
      if (part.includes(words)) near.resetAndDestroy();
      else far.write(part);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const through = new URL(url);
  through.port = typeof address === 'object' && address !== null ? String(address.port) : '';
  return {
    ...{ url: through.href, place: `at ${through.host}` },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
