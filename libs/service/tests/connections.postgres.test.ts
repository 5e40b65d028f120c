import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import { startEmbeddedPostgres, type EmbeddedPostgres, type Store } from '@xaigrid/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, type Authority, type Certificate } from '../../queue/tests/certificates.js';
import { startEncryptedPostgres, type EncryptedPostgres } from '../../store/tests/encrypted-postgres.js';
import { connectionVariables, connectStore, readEnvironment } from '../src/index.js';

let folder: string;
let authority: Authority;
let stranger: Authority;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-tls-'));
  // As project folders are: root's Postgres user can enter.
  await chmod(folder, 0o755);
  authority = await createAuthority(folder);
  stranger = await createAuthority(folder, 'stranger');
});
afterAll(() => rm(folder, { recursive: true }));

function openAt(server: EmbeddedPostgres, query: string, host: string): Promise<Store> {
  const url = new URL(server.url);
  url.hostname = host;
  const environment = { DATABASE_URL: url.href + query };
  return connectStore(readEnvironment(connectionVariables, ['DATABASE_URL'], environment), 'xaigrid-test');
}

/** Connects as a service whose DATABASE_URL ends so. @returns `works`, or what is said instead */
async function service(server: EmbeddedPostgres, query: string, host = 'localhost'): Promise<string> {
  try {
    const store = await openAt(server, query, host);
    await store.ping();
    await store.close();
    return 'works';
  } catch (error) {
    return error instanceof XaigridError ? `${error.code}: ${error.message}` : String(error);
  }
}

const unreachable = (server: EmbeddedPostgres, rest: string, host = 'localhost'): string =>
  `DATABASE_UNREACHABLE: Cannot use database "xaigrid" at ${host}:${new URL(server.url).port}: ${rest}.`;

describe('a Postgres that only speaks TLS', () => {
  let server: EncryptedPostgres;
  let certificate: Certificate;
  beforeAll(async () => {
    certificate = await authority.issue('server', 'DNS:localhost');
    server = await startEncryptedPostgres({ folder: join(folder, 'encrypted'), ...certificate });
  });
  afterAll(() => server.stop());

  it('is reached by verify-full with the authority that signed its certificate, all connections encrypted', async () => {
    const store = await openAt(server, `?sslmode=verify-full&sslrootcert=${authority.caFile}`, 'localhost');
    await Promise.all([store.ping(), store.ping()]);
    const sessions = await server.query(
      `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'xaigrid-test'`,
    );
    expect(sessions).toEqual([{ ssl: true }]);
    await store.close();
  });

  it.each([
    ['require', 'localhost', 'encrypts to whoever answers'],
    ['require', '127.0.0.1', 'and says nothing of names'],
  ])('%s at %s %s', async (mode, host) => {
    expect(await service(server, `?sslmode=${mode}`, host)).toBe('works');
  });

  it('verify-ca trusts the authority under any host name, verify-full only that of the certificate', async () => {
    const known = `&sslrootcert=${authority.caFile}`;
    expect(await service(server, `?sslmode=verify-ca${known}`, '127.0.0.1')).toBe('works');
    expect(await service(server, `?sslmode=verify-full${known}`, '127.0.0.1')).toBe(
      unreachable(
        server,
        "Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list. Use a host name of its certificate in DATABASE_URL, or sslmode=verify-ca",
        '127.0.0.1',
      ),
    );
  });

  it.each(['require', 'verify-ca', 'verify-full'])('%s refuses what another authority signed', async (mode) => {
    expect(await service(server, `?sslmode=${mode}&sslrootcert=${stranger.caFile}`)).toBe(
      unreachable(
        server,
        'its certificate is not trusted: unable to verify the first certificate. Set sslrootcert in DATABASE_URL to the authority that signed it',
      ),
    );
  });

  it.each(['', '?sslmode=disable'])('is not reached without TLS: "%s"', async (query) => {
    expect(await service(server, query)).toBe(
      unreachable(server, 'it wants an encrypted connection. Add ?sslmode=verify-full&sslrootcert=FILE to DATABASE_URL'),
    );
  });

  it.each([
    ['?sslmode=prefer', 'sslmode=prefer in DATABASE_URL is not known. Use one of disable, require, verify-ca, verify-full.'],
    ['?sslrootcert=/ca.pem', 'DATABASE_URL has sslrootcert but no sslmode. Use one of disable, require, verify-ca, verify-full.'],
    ['?sslmode=verify-ca', 'sslmode=verify-ca in DATABASE_URL wants sslrootcert=FILE, the authority.'],
    [
      '?sslmode=verify-full&sslrootcert=/nowhere/ca.pem',
      "The file of sslrootcert in DATABASE_URL cannot be read (ENOENT: no such file or directory, access '/nowhere/ca.pem').",
    ],
  ])('%s is refused before anything is sent', async (query, sentence) => {
    expect(await service(server, query)).toBe(`ENVIRONMENT_INVALID: ${sentence}`);
  });
});

describe('a Postgres that wants client certificates', () => {
  let server: EncryptedPostgres;
  beforeAll(async () => {
    const certificate = await authority.issue('server-for-certified', 'DNS:localhost');
    server = await startEncryptedPostgres({
      folder: join(folder, 'certified'),
      ...certificate,
      clientAuthority: authority.caFile,
    });
  });
  afterAll(() => server.stop());

  const query = ({ certFile, keyFile }: Certificate): string =>
    `?sslmode=verify-full&sslrootcert=${authority.caFile}&sslcert=${certFile}&sslkey=${keyFile}`;

  it('is reached with one, and refuses those of strangers', async () => {
    expect(await service(server, query(await authority.issue('client')))).toBe('works');
    expect(await service(server, query(await stranger.issue('strangers-client')))).toMatch(
      /^DATABASE_UNREACHABLE: .*it refuses the client certificate/,
    );
    expect(await service(server, `?sslmode=verify-full&sslrootcert=${authority.caFile}`)).toMatch(
      /^DATABASE_UNREACHABLE: .*it wants a client certificate/,
    );
  });
});

describe('a Postgres without TLS', () => {
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    server = await startEmbeddedPostgres({ folder: join(folder, 'plain') });
  });
  afterAll(() => server.stop());

  it('is not talked to when TLS was asked for', async () => {
    const plain = unreachable(
      server,
      'it does not encrypt connections. Set ssl = on there, or take sslmode out of DATABASE_URL where the network is trusted',
    );
    expect(await service(server, '?sslmode=require')).toBe(plain);
    expect(await service(server, `?sslmode=verify-full&sslrootcert=${authority.caFile}`)).toBe(plain);
    expect(await service(server, '')).toBe('works');
  });
});
