import { XaigridError } from '@xaigrid/contracts';
import { isLoopbackHost } from './access.js';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * The address to listen on. A client of the API can start and remove runs, so an address that other machines can reach requires a
 * token.
 * @throws ENVIRONMENT_INVALID if the host is not this machine's own and there is no token.
 */
export function listenAddress(environment: {
  readonly XAIGRID_HOST?: string;
  readonly XAIGRID_PORT?: number;
  readonly XAIGRID_TOKEN?: string;
}): ListenAddress {
  const { XAIGRID_HOST: host = '127.0.0.1', XAIGRID_PORT: port = 8080, XAIGRID_TOKEN: token } = environment;
  if (token === undefined && !isLoopbackHost(host)) {
    throw new XaigridError(
      'ENVIRONMENT_INVALID',
      `XAIGRID_HOST is ${host}, which other machines can reach, but XAIGRID_TOKEN is not set. Set it to a secret of at least 16 characters, or listen on 127.0.0.1.`,
    );
  }
  return { host, port };
}

/**
 * A token for readers is worth something only beside another one for those who may change things.
 * @throws ENVIRONMENT_INVALID
 */
export function assertTokensDiffer({
  XAIGRID_TOKEN: token,
  XAIGRID_READ_TOKEN: readToken,
}: {
  readonly XAIGRID_TOKEN?: string;
  readonly XAIGRID_READ_TOKEN?: string;
}): void {
  if (readToken === undefined || (token !== undefined && token !== readToken)) return;
  throw new XaigridError(
    'ENVIRONMENT_INVALID',
    token === undefined
      ? 'XAIGRID_READ_TOKEN is set, but XAIGRID_TOKEN is not, so that everybody on this machine may change everything. Set XAIGRID_TOKEN too.'
      : 'XAIGRID_READ_TOKEN and XAIGRID_TOKEN are the same, so that readers may change everything. Set XAIGRID_READ_TOKEN to another secret.',
  );
}

/** The error if listening failed. */
export function listenError(error: unknown, { host, port }: ListenAddress): XaigridError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'something else listens there',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such host',
  };
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new XaigridError(
    'ENVIRONMENT_INVALID',
    `The orchestrator cannot listen on ${host} port ${port}: ${reason}. Choose another XAIGRID_HOST or XAIGRID_PORT.`,
    { cause: error },
  );
}
