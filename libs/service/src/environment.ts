import { cpus } from 'node:os';
import { offeredDevices, XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';

const positive = z.coerce.number().int().positive();
const flag = z.enum(['0', '1', 'true', 'false']).transform((value) => value === '1' || value === 'true');

/** Every environment variable that xaigrid reads: its schema, and its text in `--help` and the docs. */
export const variables = {
  DATABASE_URL: {
    schema: z.url({ protocol: /^postgres(ql)?$/ }),
    help: 'Postgres, as postgresql://user:password@host:port/database; for TLS with ?sslmode=verify-full&sslrootcert=FILE.',
  },
  NATS_URL: { schema: z.string().min(1), help: 'NATS servers, comma-separated, as nats://host:4222, or tls://host:4222.' },
  NATS_USER: { schema: z.string(), help: 'NATS user, with NATS_PASSWORD.' },
  NATS_PASSWORD: { schema: z.string(), help: 'NATS password.' },
  NATS_TOKEN: { schema: z.string(), help: 'NATS token, instead of a user.' },
  NATS_NKEY_SEED: { schema: z.string(), help: 'NATS NKey seed (SU…), instead of a user.' },
  NATS_CREDENTIALS_FILE: { schema: z.string(), help: 'NATS credentials file (JWT and seed), instead of a user.' },
  NATS_CA_FILE: { schema: z.string(), help: 'Certificate authority for TLS to NATS.' },
  NATS_CERT_FILE: { schema: z.string(), help: 'Client certificate for TLS to NATS, with NATS_KEY_FILE.' },
  NATS_KEY_FILE: { schema: z.string(), help: 'Client key for TLS to NATS, with NATS_CERT_FILE.' },
  XAIGRID_QUEUE_PREFIX: {
    schema: z.string().regex(/^[A-Za-z0-9_-]+$/),
    help: 'Prefix of NATS subjects and streams; default XAIGRID.',
  },
  XAIGRID_ACK_WAIT_MS: {
    schema: positive,
    help: 'Lease of a task in milliseconds; a dead worker is noticed after this time. Default 30000.',
  },
  XAIGRID_MAX_ATTEMPTS: { schema: positive, help: 'Attempts at a shard before it is recorded as failed. Default 5.' },
  XAIGRID_RETRY_DELAYS_MS: {
    schema: z
      .string()
      .regex(/^\d+(,\d+)*$/)
      .transform((text) => text.split(',').map(Number)),
    help: 'Delays before the second, third, … attempt, comma-separated. Default 1000,5000,15000,60000.',
  },
  XAIGRID_THREADS: { schema: positive, help: 'Threads that compute; default one per core. Each has its own engine.' },
  XAIGRID_DEVICES: {
    schema: z
      .string()
      .transform((text) => text.split(',').map((name) => name.trim()))
      .pipe(z.array(z.enum(offeredDevices))),
    help: 'Devices that engines compute on in this process, comma-separated: cpu, which is the default.',
  },
  XAIGRID_CACHE_DIR: {
    schema: z.string(),
    help: 'Folder for cached models and data sets from the database. Default "cache" in the embedded store; with DATABASE_URL "xaigrid" in XDG_CACHE_HOME or ~/.cache; without a writable home, in the temporary folder.',
  },
  XAIGRID_DATABASE_CONNECTIONS: { schema: positive, help: 'Connections to Postgres per process; default 5.' },
  XAIGRID_HOST: {
    schema: z.string(),
    help: 'Address that the orchestrator listens on; default 127.0.0.1. Any other needs XAIGRID_TOKEN.',
  },
  XAIGRID_PORT: { schema: z.coerce.number().int().min(0).max(65535), help: 'Port of the orchestrator; default 8080.' },
  XAIGRID_TOKEN: { schema: z.string().min(16), help: 'Bearer token of the HTTP API, at least 16 characters.' },
  XAIGRID_READ_TOKEN: {
    schema: z.string().min(16),
    help: 'Bearer token of the HTTP API for readers, who see everything and change nothing; at least 16 characters, needs XAIGRID_TOKEN.',
  },
  XAIGRID_SPEC_ROOT: {
    schema: z.string(),
    help: 'Folder for the files of specs that are sent over HTTP; their paths are resolved in it and may not leave it. Without it such specs cannot name files.',
  },
  XAIGRID_GRAFANA_URL: {
    schema: z.url({ protocol: /^https?$/ }),
    help: 'Address of Grafana, to which the page of an orchestrator links.',
  },
  XAIGRID_LOG_LEVEL: {
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    help: 'Log level; default info.',
  },
  XAIGRID_LOG_PRETTY: { schema: flag, help: '1 writes plain lines for people instead of JSON; default 0.' },
  XAIGRID_SERVER: {
    schema: z.url({ protocol: /^https?$/ }),
    help: 'URL of an orchestrator, like --server; without it this machine computes.',
  },
  XAIGRID_STORE: {
    schema: z.string(),
    help: 'Folder of the embedded store, like --store; a relative path starts at the current folder.',
  },
  XDG_DATA_HOME: {
    schema: z.string(),
    help: 'Folder of your own store, which is "xaigrid" in it; an absolute path. Default ~/.local/share.',
  },
  XDG_CACHE_HOME: { schema: z.string(), help: 'Folder of caches, see XAIGRID_CACHE_DIR; an absolute path. Default ~/.cache.' },
  SUDO_UID: { schema: z.string(), help: 'Set by sudo: root also finds the .xaigrid folders of the user who called it.' },
  XAIGRID_DEBUG: { schema: z.string(), help: 'If set, the command shows where a defect happened.' },
  NO_COLOR: { schema: z.string(), help: 'Set, nothing is coloured.' },
  CI: { schema: z.string(), help: 'Set, the command draws no bar of progress.' },
  TERM: { schema: z.string(), help: 'With dumb, the command draws no bar of progress.' },
} as const satisfies Record<string, { schema: z.ZodType; help: string }>;

/** Variables that hold a password, a token or a key. A spec may not use them. */
export const secretVariables = [
  'DATABASE_URL',
  'NATS_URL',
  'NATS_PASSWORD',
  'NATS_TOKEN',
  'NATS_NKEY_SEED',
  'XAIGRID_TOKEN',
  'XAIGRID_READ_TOKEN',
] as const satisfies readonly VariableName[];

export type VariableName = keyof typeof variables;
type ValueOf<Name extends VariableName> = z.output<(typeof variables)[Name]['schema']>;
/** The values of the named variables after parsing. Variables that are not set are absent. */
export type Environment<Name extends VariableName = VariableName> = { readonly [N in Name]?: ValueOf<N> };

/**
 * Reads the named variables. Empty ones count as unset.
 * @throws ENVIRONMENT_INVALID naming the first malformed variable (its value is not shown: it may be a secret) or the first
 * missing required one.
 */
export function readEnvironment<Name extends VariableName, Required extends Name = never>(
  names: readonly Name[],
  required: readonly Required[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Environment<Name> & { readonly [N in Required]: ValueOf<N> } {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const text = environment[name];
    if (text === undefined || text === '') continue;
    const parsed = variables[name].schema.safeParse(text);
    if (!parsed.success) {
      const reason = parsed.error.issues[0]?.message.replace(/^Invalid input: /, '') ?? 'malformed';
      throw new XaigridError('ENVIRONMENT_INVALID', `${name} is not usable: ${reason}. ${variables[name].help}`);
    }
    values[name] = parsed.data;
  }
  for (const name of required) {
    if (values[name] === undefined) throw new XaigridError('ENVIRONMENT_INVALID', `${name} is not set. ${variables[name].help}`);
  }
  // Each value was parsed by the schema of its own name above.
  return values as Environment<Name> & { readonly [N in Required]: ValueOf<N> };
}

/** The part of `--help` that lists these variables. */
export function describeVariables(names: readonly VariableName[]): string {
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `  ${name.padEnd(width)}  ${variables[name].help}`).join('\n');
}

/**
 * The number of computing threads if no option sets it.
 * @throws ENVIRONMENT_INVALID
 */
export function defaultThreads(): number {
  return readEnvironment(['XAIGRID_THREADS'], []).XAIGRID_THREADS ?? Math.max(1, cpus().length);
}
