import { XaigridError } from '@xaigrid/contracts';
import { createJetStreamQueue, type JetStreamQueueOptions, type WorkQueue } from '@xaigrid/queue';
import { createStore, type Store } from '@xaigrid/store';
import type { Environment, VariableName } from './environment.js';

/** The environment variables that say how to reach Postgres and NATS. */
export const connectionVariables = [
  'DATABASE_URL',
  'NATS_URL',
  'NATS_USER',
  'NATS_PASSWORD',
  'NATS_TOKEN',
  'NATS_NKEY_SEED',
  'NATS_CREDENTIALS_FILE',
  'NATS_CA_FILE',
  'NATS_CERT_FILE',
  'NATS_KEY_FILE',
  'XAIGRID_QUEUE_PREFIX',
  'XAIGRID_ACK_WAIT_MS',
  'XAIGRID_MAX_ATTEMPTS',
  'XAIGRID_RETRY_DELAYS_MS',
  'XAIGRID_DATABASE_CONNECTIONS',
] as const satisfies readonly VariableName[];

type ConnectionEnvironment = Environment<(typeof connectionVariables)[number]>;

/**
 * Connects to Postgres as the environment says.
 * @param name of this process, as Postgres lists its connections
 */
export function connectStore(
  environment: ConnectionEnvironment & { readonly DATABASE_URL: string },
  name: string,
  signal?: AbortSignal,
): Promise<Store> {
  return createStore({
    url: environment.DATABASE_URL,
    maxConnections: environment.XAIGRID_DATABASE_CONNECTIONS ?? 5,
    connectTimeoutMs: 10_000,
    applicationName: name,
    ...(signal === undefined ? {} : { signal }),
  });
}

/**
 * Connects to NATS as the environment says.
 * @param name of this process, as NATS lists its connections
 * @throws ENVIRONMENT_INVALID when half of a login is missing, or several logins are set
 */
export async function connectQueue(
  environment: ConnectionEnvironment & { readonly NATS_URL: string },
  name: string,
  options: { readonly signal?: AbortSignal; readonly onNotice?: (sentence: string) => void } = {},
): Promise<WorkQueue> {
  const authentication = authenticationFrom(environment);
  const { NATS_CA_FILE, NATS_CERT_FILE, NATS_KEY_FILE } = environment;
  const tls = {
    ...(NATS_CA_FILE === undefined ? {} : { caFile: NATS_CA_FILE }),
    ...(NATS_CERT_FILE === undefined ? {} : { certFile: NATS_CERT_FILE }),
    ...(NATS_KEY_FILE === undefined ? {} : { keyFile: NATS_KEY_FILE }),
  };
  return createJetStreamQueue({
    servers: environment.NATS_URL.split(',').map((server) => server.trim()),
    name,
    ...(authentication === undefined ? {} : { authentication }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(environment.XAIGRID_QUEUE_PREFIX === undefined ? {} : { prefix: environment.XAIGRID_QUEUE_PREFIX }),
    ackWaitMs: environment.XAIGRID_ACK_WAIT_MS ?? 30_000,
    ...(environment.XAIGRID_MAX_ATTEMPTS === undefined ? {} : { maxAttempts: environment.XAIGRID_MAX_ATTEMPTS }),
    ...(environment.XAIGRID_RETRY_DELAYS_MS === undefined ? {} : { retryDelaysMs: environment.XAIGRID_RETRY_DELAYS_MS }),
    ...options,
  });
}

/**
 * @throws ENVIRONMENT_INVALID when half of a login is missing, or several logins are set: xaigrid does not choose between them.
 */
function authenticationFrom(environment: ConnectionEnvironment): JetStreamQueueOptions['authentication'] {
  const { NATS_USER, NATS_PASSWORD, NATS_TOKEN, NATS_NKEY_SEED, NATS_CREDENTIALS_FILE } = environment;
  requireBoth(environment, 'NATS_USER', 'NATS_PASSWORD');
  requireBoth(environment, 'NATS_CERT_FILE', 'NATS_KEY_FILE');
  const logins = (['NATS_USER', 'NATS_TOKEN', 'NATS_NKEY_SEED', 'NATS_CREDENTIALS_FILE'] as const).filter(
    (name) => environment[name] !== undefined,
  );
  if (logins.length > 1) {
    throw new XaigridError(
      'ENVIRONMENT_INVALID',
      `${logins.join(' and ')} are set, which are different logins. Unset all but one.`,
    );
  }
  if (NATS_CREDENTIALS_FILE !== undefined) return { credentialsFile: NATS_CREDENTIALS_FILE };
  if (NATS_NKEY_SEED !== undefined) return { nkeySeed: NATS_NKEY_SEED };
  if (NATS_TOKEN !== undefined) return { token: NATS_TOKEN };
  if (NATS_USER !== undefined) return { user: NATS_USER, password: NATS_PASSWORD ?? '' };
  return undefined;
}

function requireBoth(
  environment: ConnectionEnvironment,
  one: keyof ConnectionEnvironment,
  other: keyof ConnectionEnvironment,
): void {
  const [there, missing] = environment[one] === undefined ? [other, one] : [one, other];
  if (environment[there] === undefined || environment[missing] !== undefined) return;
  throw new XaigridError('ENVIRONMENT_INVALID', `${there} is set, but ${missing} is not. Set both, or neither.`);
}
