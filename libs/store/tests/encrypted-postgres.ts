import { chmod, chown, copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/index.js';

export interface EncryptedPostgres extends EmbeddedPostgres {
  /** Runs a statement as the superuser. */
  readonly query: (sql: string) => Promise<Record<string, unknown>[]>;
}

/**
 * An embedded server that speaks TLS, and nothing else.
 * @param options.clientAuthority whose client certificates it wants to see; left out, it wants none
 */
export async function startEncryptedPostgres(options: {
  readonly folder: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientAuthority?: string;
}): Promise<EncryptedPostgres> {
  const { folder, clientAuthority } = options;
  const server = await startEmbeddedPostgres({ folder });
  const data = join(folder, 'cluster', 'data');
  await copyAsOwner(options.certFile, join(data, 'server.crt'));
  await copyAsOwner(options.keyFile, join(data, 'server.key'));
  if (clientAuthority !== undefined) await copyAsOwner(clientAuthority, join(data, 'root.crt'));
  const admin = new pg.Client(server.url);
  await admin.connect();
  await admin.query('ALTER SYSTEM SET ssl = on');
  if (clientAuthority !== undefined) await admin.query(`ALTER SYSTEM SET ssl_ca_file = 'root.crt'`);
  const rules = join(data, 'pg_hba.conf');
  const login = `scram-sha-256${clientAuthority === undefined ? '' : ' clientcert=verify-ca'}`;
  await writeFile(rules, (await readFile(rules, 'utf8')).replace(/^host (.*)scram-sha-256$/gm, `hostssl $1${login}`));
  await admin.query('SELECT pg_reload_conf()');
  // The server rereads its files a moment later; a plain login is refused from then on.
  while (await accepts(server.url)) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    ...server,
    query: async (sql) => (await admin.query<Record<string, unknown>>(sql)).rows,
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}

/** Postgres may run as another user than the test, and reads keys of its own only. */
async function copyAsOwner(from: string, to: string): Promise<void> {
  const { uid, gid } = await stat(join(to, '..'));
  await copyFile(from, to);
  await chown(to, uid, gid);
  await chmod(to, 0o600);
}

async function accepts(url: string): Promise<boolean> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}
