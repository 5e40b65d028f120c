import { XaigridError } from '@xaigrid/contracts';
import type { NatsAuthentication } from './options.js';

export interface ServerList {
  /** `host:port` without a login, safe to print. */
  readonly addresses: readonly string[];
  /** The login in the first address that has one. */
  readonly authentication: NatsAuthentication | undefined;
  readonly encrypted: boolean;
}

/**
 * Parses server addresses.
 * @throws XaigridError `ENVIRONMENT_INVALID` for an invalid address. The message never shows a login.
 */
export function readServers(servers: string | readonly string[]): ServerList {
  const texts = (typeof servers === 'string' ? servers.split(',') : servers)
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (texts.length === 0)
    throw new XaigridError('ENVIRONMENT_INVALID', 'No NATS server is given; set NATS_URL, for example to nats://localhost:4222.');
  const urls = texts.map(readServer);
  return {
    addresses: urls.map((url) => `${url.hostname}:${url.port === '' ? '4222' : url.port}`),
    authentication: urls.map(loginOf).find((login) => login !== undefined),
    encrypted: urls.some((url) => url.protocol === 'tls:'),
  };
}

function readServer(text: string, index: number): URL {
  const withScheme = text.includes('://') ? text : `nats://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || url.hostname === '' || !['nats:', 'tls:'].includes(url.protocol)) {
    throw new XaigridError(
      'ENVIRONMENT_INVALID',
      `NATS server ${index + 1} of the list is not an address; write it as nats://host:4222 or tls://host:4222.`,
    );
  }
  return url;
}

function loginOf(url: URL): NatsAuthentication | undefined {
  if (url.username === '') return undefined;
  const user = decodeURIComponent(url.username);
  return url.password === '' ? { token: user } : { user, password: decodeURIComponent(url.password) };
}
