import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore, type Store } from '@xaigrid/store';
import { grantRights, makeRoles, urlOfRole, type Role } from '../../infra/tests/database-roles.js';
import { createAuthority } from '../../libs/queue/tests/certificates.js';
import { startNatsServer } from '../../libs/queue/tests/nats-server.js';
import { startEncryptedPostgres } from '../../libs/store/tests/encrypted-postgres.js';
import { repository, start, type BinaryName, type Finished, type RunningProcess } from './processes.js';

type ServiceName = 'xaigrid-orchestrator' | 'xaigrid-explainer-worker' | 'xaigrid-metrics-worker';
type Variables = Readonly<Record<string, string>>;

const roles: Readonly<Record<ServiceName, Role>> = {
  'xaigrid-orchestrator': 'orchestrator',
  'xaigrid-explainer-worker': 'explainer_worker',
  'xaigrid-metrics-worker': 'metrics_worker',
};

/**
 * A cluster as docs/deployment.md describes it for restricted access. NATS and Postgres accept only TLS, NATS requires client
 * certificates, and each service has its own NATS user and its own role with the rights in `infra`.
 */
export interface SecureCluster {
  readonly folder: string;
  /** The store as the superuser, which no service is. */
  readonly store: Store;
  readonly query: (sql: string) => Promise<Record<string, unknown>[]>;
  /** All secrets, by what they are. None may show anywhere. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The environment of a service. */
  readonly environment: (service: ServiceName) => Variables;
  readonly start: (service: ServiceName, more?: Variables) => Promise<RunningProcess>;
  /** Runs a program to its end with these variables. */
  readonly finish: (name: BinaryName, args: readonly string[], environment: Variables) => Promise<Finished>;
  /** Runs the command against the orchestrator. */
  readonly xaigrid: (...args: readonly string[]) => Promise<Finished>;
  readonly serverUrl: () => string;
  /** Makes a further secret for a test. It may not show anywhere either. */
  readonly newSecret: (what: string) => string;
  /** Everything that any process has written. */
  readonly said: () => string;
  /** Everything that is stored: every row of every table, the log of Postgres, the files of NATS. */
  readonly stored: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

export async function startSecureCluster(): Promise<SecureCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-secure-'));
  // Like project folders: root's Postgres user can enter it.
  await chmod(folder, 0o755);
  const secrets: Record<string, string> = {};
  const newSecret = (what: string): string => (secrets[what] = `s${randomBytes(12).toString('hex')}`);

  const authority = await createAuthority(folder);
  const certificate = await authority.issue('server');
  const client = await authority.issue('client');

  const passwords = Object.fromEntries(
    ['orchestrator', 'explainer_worker', 'metrics_worker', 'reader'].map((role) => [role, newSecret(`password of role ${role}`)]),
  );
  const passwordOf = (role: Role): string => passwords[role] ?? '';
  const postgresFolder = join(folder, 'postgres');
  const postgres = await startEncryptedPostgres({ folder: postgresFolder, ...certificate });
  const encrypted = `?sslmode=verify-full&sslrootcert=${authority.caFile}`;
  const databaseUrl = `${postgres.url.replace('127.0.0.1', 'localhost')}${encrypted}`;
  await makeRoles(databaseUrl, passwordOf);
  const urlOf = (role: Role): string => urlOfRole(databaseUrl, role, passwordOf);

  const natsPassword = (service: ServiceName): string =>
    secrets[`NATS password of ${service}`] ?? newSecret(`NATS password of ${service}`);
  const natsFolder = join(folder, 'nats');
  const configFile = join(folder, 'nats-server.conf');
  await writeFile(configFile, await natsConfiguration({ ...certificate, caFile: authority.caFile }));
  const nats = await startNatsServer({
    jetStream: false,
    args: ['-c', configFile, '-m', '-1'],
    environment: {
      NATS_STORE_DIR: natsFolder,
      NATS_ORCHESTRATOR_PASSWORD: natsPassword('xaigrid-orchestrator'),
      NATS_EXPLAINER_WORKER_PASSWORD: natsPassword('xaigrid-explainer-worker'),
      NATS_METRICS_WORKER_PASSWORD: natsPassword('xaigrid-metrics-worker'),
    },
  });
  const token = newSecret('token');
  const running: RunningProcess[] = [];
  let serverUrl = '';

  const environment = (service: ServiceName): Variables => ({
    DATABASE_URL: urlOf(roles[service]),
    NATS_URL: `tls://localhost:${nats.port}`,
    NATS_USER: service.replace('xaigrid-', ''),
    NATS_PASSWORD: natsPassword(service),
    NATS_CA_FILE: authority.caFile,
    NATS_CERT_FILE: client.certFile,
    NATS_KEY_FILE: client.keyFile,
    XAIGRID_TOKEN: token,
    XAIGRID_PORT: '0',
    XAIGRID_THREADS: '1',
    XAIGRID_ACK_WAIT_MS: '2000',
    XAIGRID_MAX_ATTEMPTS: '2',
    XAIGRID_RETRY_DELAYS_MS: '100,200',
    XAIGRID_LOG_LEVEL: 'trace',
  });

  function launch(name: BinaryName, args: readonly string[], given: Variables): RunningProcess {
    const started = start(name, args, { folder, environment: given });
    running.push(started);
    return started;
  }

  async function startService(service: ServiceName, more: Variables = {}): Promise<RunningProcess> {
    const own = join(folder, randomUUID());
    await mkdir(own);
    const started = launch(service, [], { ...environment(service), XAIGRID_CACHE_DIR: own, ...more });
    await started.says('"msg":"ready"');
    serverUrl = /"listening":"(http:[^"]+)"/.exec(started.stderr())?.[1] ?? serverUrl;
    return started;
  }

  // The orchestrator makes its tables first; then the others get their rights to them.
  await startService('xaigrid-orchestrator');
  await grantRights(urlOf('orchestrator'));
  const store = await createStore({ url: databaseUrl, maxConnections: 2, connectTimeoutMs: 10_000, applicationName: 'tests' });

  return {
    ...{ folder, store, secrets, environment, newSecret },
    query: postgres.query,
    start: startService,
    finish: (name, args, given) => launch(name, args, given).finished,
    xaigrid: (...args) => launch('xaigrid', [...args, '--server', serverUrl], { XAIGRID_TOKEN: token }).finished,
    serverUrl: () => serverUrl,
    said: () => running.map((process) => `${process.stdout()}\n${process.stderr()}`).join('\n'),
    async stored() {
      const tables = await postgres.query(`SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public'`);
      const rows = [];
      for (const { name } of tables) rows.push(...(await postgres.query(`SELECT t::text AS row FROM ${String(name)} AS t`)));
      const files = await Promise.all([join(postgresFolder, 'postgres.log'), ...(await filesIn(natsFolder))].map(readText));
      return [...rows.map(({ row }) => String(row)), ...files].join('\n');
    },
    async stop() {
      for (const process of running) process.kill('SIGKILL');
      await Promise.all(running.map(({ finished }) => finished));
      await store.close();
      await nats.dispose();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The text of infra/nats/nats-server.conf with its commented block for TLS enabled. */
async function natsConfiguration(files: { certFile: string; keyFile: string; caFile: string }): Promise<string> {
  const text = await readFile(`${repository}infra/nats/nats-server.conf`, 'utf8');
  const filled = text
    .replace(/^# tls \{[^]*?^# \}/m, (block) => block.replace(/^# /gm, ''))
    .replace('/etc/nats/tls/tls.crt', files.certFile)
    .replace('/etc/nats/tls/tls.key', files.keyFile)
    .replace('/etc/nats/tls/ca.crt', files.caFile);
  if (!/^tls \{/m.test(filled) || filled.includes('/etc/nats')) throw new Error('nats-server.conf has another block for TLS.');
  return filled;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The bytes of a file as Latin-1: a secret in them is ASCII. */
const readText = (file: string): Promise<string> => readFile(file, 'latin1').catch(() => '');
