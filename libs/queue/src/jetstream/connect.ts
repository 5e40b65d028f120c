import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { XaigridError } from '@xaigrid/contracts';
import {
  connect,
  credsAuthenticator,
  errors,
  nkeyAuthenticator,
  type ConnectionOptions,
  type NatsConnection,
  type TlsOptions,
} from '@nats-io/transport-node';
import { reasonOf } from '../notice.js';
import { wantsClientCertificate } from './client-certificate.js';
import type { JetStreamQueueOptions, NatsAuthentication, NatsTls } from './options.js';
import { readServers } from './servers.js';
import { unreachableError } from './unreachable.js';

const CONNECT_TIMEOUT_MS = 10_000;

export interface Connected {
  readonly connection: NatsConnection;
  /** `host:port` of the configured servers. */
  readonly addresses: readonly string[];
}

/**
 * Connects once, or says why it cannot. A connection that was made is then kept up forever, with pauses of 0.25–2 s between
 * attempts, so that many processes do not return at the same moment.
 * @throws XaigridError `QUEUE_UNREACHABLE`, `ENVIRONMENT_INVALID` (unreadable key files), `INTERRUPTED` (signal)
 */
export async function connectToNats(options: JetStreamQueueOptions): Promise<Connected> {
  const { addresses, authentication, encrypted } = readServers(options.servers);
  const tls = options.tls ?? (encrypted ? {} : undefined);
  const connecting = connect({
    servers: [...addresses],
    name: options.name,
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: () => 250 + Math.random() * 1_750,
    // It detects a half-open connection within a minute.
    pingInterval: 20_000,
    maxPingOut: 2,
    // Traces capture the stack at each request: a third of the time of a publication.
    noAsyncTraces: true,
    ...(await loginOptions(options.authentication ?? authentication)),
    ...(tls === undefined ? {} : { tls: await tlsOptions(tls) }),
  }).catch(async (error: unknown) => {
    const certificate =
      error instanceof errors.TimeoutError && (await wantsClientCertificate(addresses))
        ? tls?.certFile === undefined
          ? 'wanted'
          : 'refused'
        : undefined;
    throw unreachableError(addresses, error, certificate);
  });
  return { connection: await unlessAborted(connecting, options.signal), addresses };
}

async function unlessAborted(connecting: Promise<NatsConnection>, signal: AbortSignal | undefined): Promise<NatsConnection> {
  if (signal === undefined) return connecting;
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new XaigridError('INTERRUPTED', 'Connecting to NATS was interrupted.'));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([connecting, aborted]);
  } catch (error) {
    // A connection that is made after the abort has no owner.
    if (signal.aborted) void connecting.then((connection) => connection.close()).catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function loginOptions(login: NatsAuthentication | undefined): Promise<ConnectionOptions> {
  if (login === undefined) return {};
  if ('token' in login) return { token: login.token };
  if ('user' in login) return { user: login.user, pass: login.password };
  try {
    if ('nkeySeed' in login) {
      const authenticator = nkeyAuthenticator(new TextEncoder().encode(login.nkeySeed));
      // Signs once now, so that a malformed seed is found here and not during the handshake.
      authenticator('probe');
      return { authenticator };
    }
    const authenticator = credsAuthenticator(await readFile(login.credentialsFile));
    authenticator('probe');
    return { authenticator };
  } catch (cause) {
    const what = 'nkeySeed' in login ? 'The NKey seed' : `The credentials file ${login.credentialsFile}`;
    throw new XaigridError('ENVIRONMENT_INVALID', `${what} cannot be used (${reasonOf(cause)}); make a new one with nsc or nk.`, {
      cause,
    });
  }
}

/**
 * The TLS options.
 * @throws XaigridError `ENVIRONMENT_INVALID` for a file with the wrong content: TLS itself would give an obscure error, or ignore
 * it
 */
async function tlsOptions({ caFile, certFile, keyFile }: NatsTls): Promise<TlsOptions> {
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(readPem));
  if (ca !== undefined) assertUsable(() => new X509Certificate(ca), `The certificate authority ${caFile ?? ''}`);
  const client = { ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
  assertUsable(() => createSecureContext(client), `The client certificate ${certFile ?? ''} with the key ${keyFile ?? ''}`);
  return { ...(ca !== undefined && { ca }), ...client };
}

function assertUsable(use: () => unknown, what: string): void {
  try {
    use();
  } catch (cause) {
    throw new XaigridError('ENVIRONMENT_INVALID', `${what} cannot be used (${reasonOf(cause)}); give it in PEM.`, { cause });
  }
}

async function readPem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new XaigridError('ENVIRONMENT_INVALID', `The TLS file ${path} cannot be read (${reasonOf(cause)}).`, { cause });
  });
}
