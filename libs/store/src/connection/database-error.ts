import { XaigridError } from '@xaigrid/contracts';
import type { DatabaseAddress } from './database-url.js';

/** What went wrong, collected from the layers that an error passed through: `pg` or Node, Prisma's adapter, Prisma. */
export interface DatabaseFailure {
  /** The SQLSTATEs, the codes of Node and Prisma, and the kinds that Prisma's adapter gives in place of codes. */
  readonly codes: ReadonlySet<string>;
  /** The innermost message, which is Postgres's own. */
  readonly message: string;
}

/** serialization_failure and deadlock_detected. The whole transaction was rolled back. */
const conflictCodes = ['40001', '40P01', 'P2034', 'TransactionWriteConflict'];
/** No connection was made, so nothing was sent. */
const unreachedCodes = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '57P03',
  '53300',
  'P1001',
  'P1002',
  'P2024',
  'P2037',
  'DatabaseNotReachable',
  'TooManyConnections',
];
/** The login was refused. Trying again does not help; a person must act. */
const refusedCodes = ['28P01', '28000', 'P1000', 'P1010', 'AuthenticationFailed'];
/** The connection was lost. What was sent may or may not have been committed. */
const lostCodes = [
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '08000',
  '08003',
  '08006',
  'P1017',
  'P2028',
  'ConnectionClosed',
  'SocketTimeout',
];
const lostMessages =
  /Connection terminated|server closed the connection|Client has encountered a connection error|connection is closed|not queryable/i;
const unreachedMessages =
  /timeout expired|timeout exceeded when trying to connect|connect timeout|Connection terminated due to connection timeout/i;

/** SQLSTATE classes of errors in the statement or its values: data, constraints, syntax and access. */
const DEFECT = /^(?:22|23|42)[0-9A-Z]{3}$/;

export type FailureKind = 'conflict' | 'unreached' | 'lost' | 'other';

export function failureKind(failure: DatabaseFailure): FailureKind {
  const has = (codes: readonly string[]): boolean => codes.some((code) => failure.codes.has(code));
  if (has(conflictCodes)) return 'conflict';
  if (has(unreachedCodes) || unreachedMessages.test(failure.message)) return 'unreached';
  if (has(lostCodes) || lostMessages.test(failure.message)) return 'lost';
  return 'other';
}

const DISK_FULL = '53100';

/** Whether a failure has nothing to do with the statement: Postgres was unreachable or had no space. */
export function tellsOfServer(failure: DatabaseFailure): boolean {
  const kind = failureKind(failure);
  return kind === 'unreached' || kind === 'lost' || failure.codes.has(DISK_FULL);
}

/** Collects the failure from an error and its causes. */
export function databaseFailure(error: unknown): DatabaseFailure {
  const codes = new Set<string>();
  let message = error instanceof Error ? error.message : String(error);
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 6) return;
    for (const key of ['code', 'originalCode', 'kind']) {
      const code: unknown = Reflect.get(value, key);
      if (typeof code === 'string') codes.add(code);
    }
    for (const key of ['originalMessage', 'message']) {
      const text: unknown = Reflect.get(value, key);
      if (typeof text === 'string' && text !== '') {
        message = text;
        break;
      }
    }
    // Node's "all addresses failed" has the reasons in `errors`.
    const errors: unknown = Reflect.get(value, 'errors');
    if (Array.isArray(errors)) visit(errors[0], depth + 1);
    for (const key of ['cause', 'meta', 'driverAdapterError']) visit(Reflect.get(value, key), depth + 1);
  };
  visit(error, 0);
  // Prisma quotes the call first and puts the reason last.
  return { codes, message: message.trim().split('\n').at(-1) ?? '' };
}

/** Turns an error of Prisma or `pg` into a XaigridError. XaigridErrors stay as they are. */
export function toStoreError(error: unknown, address: DatabaseAddress): XaigridError {
  if (error instanceof XaigridError) return error;
  const failure = databaseFailure(error);
  if (failure.codes.has(DISK_FULL)) {
    return new XaigridError(
      'FOLDER_UNWRITABLE',
      `Postgres has no disk space left (${failure.message}). Make room on the database's disk; runs can be resumed.`,
      {
        cause: error,
      },
    );
  }
  // A pool connects on demand. A later connection may be refused although the first was not.
  const refused = refusedCodes.some((code) => failure.codes.has(code));
  if (tellsOfServer(failure) || refused) return unreachable(address, failure, error);
  const defect = [...failure.codes].some((code) => DEFECT.test(code));
  return new XaigridError(defect ? 'INTERNAL' : 'DATABASE_FAILED', `A database operation failed: ${failure.message}`, {
    cause: error,
  });
}

/**
 * Whether one of our errors says that Postgres is unreachable, starting or out of space, so that waiting helps. False if it
 * refuses the login or the encryption, or lacks the database: only a person can fix those.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof XaigridError) || error.retry !== 'outage') return false;
  const failure = databaseFailure(error.cause ?? error);
  return error.code === 'FOLDER_UNWRITABLE' || tellsOfServer(failure);
}

/** A DATABASE_UNREACHABLE error: one sentence with what to do. */
export function unreachable(address: DatabaseAddress, failure: DatabaseFailure, cause: unknown): XaigridError {
  const [reason, advice] = explain(address, failure);
  const place = `database "${address.database}" at ${address.host}:${address.port}`;
  return new XaigridError('DATABASE_UNREACHABLE', `Cannot use ${place}: ${reason}. ${advice}`, { cause });
}

function explain({ user, database, host }: DatabaseAddress, { codes, message }: DatabaseFailure): readonly [string, string] {
  const checkUrl = 'Check DATABASE_URL.';
  const has = (...wanted: readonly string[]): boolean => wanted.some((code) => codes.has(code));
  if (has('DatabaseNotReachable')) return ['no server answers there', 'Start Postgres, or check DATABASE_URL.'];
  if (has('ECONNREFUSED')) return ['nothing listens there', 'Start Postgres, or check DATABASE_URL.'];
  if (has('ENOTFOUND', 'EAI_AGAIN')) return [`the host name ${host} is not known`, checkUrl];
  // If pg_hba.conf refuses a connection for lack of TLS or of a client certificate, the error looks like a refused login.
  if (message.includes('requires a valid client certificate'))
    return ['it wants a client certificate', 'Add sslcert=FILE and sslkey=FILE to DATABASE_URL.'];
  if (/no encryption|SSL off/.test(message))
    return ['it wants an encrypted connection', 'Add ?sslmode=verify-full&sslrootcert=FILE to DATABASE_URL.'];
  if (has(...refusedCodes)) return [`the login of user "${user}" is refused`, 'Check user and password in DATABASE_URL.'];
  if (has('3D000', 'P1003')) return ['there is no such database', `Create it (createdb ${database}), or check DATABASE_URL.`];
  if (has('53300', 'P2037'))
    return ['it has no connection left', 'Raise max_connections, or lower XAIGRID_DATABASE_CONNECTIONS.'];
  if (has('57P03')) return ['it is starting up or shutting down', 'Try again in a moment.'];
  if (unreachedMessages.test(message) || has('ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'))
    return ['it does not answer in time', 'Check the address in DATABASE_URL and the network.'];
  if (/does not support SSL/i.test(message))
    return [
      'it does not encrypt connections',
      'Set ssl = on there, or take sslmode out of DATABASE_URL where the network is trusted.',
    ];
  if (/alert unknown ca|alert bad certificate|alert certificate (?:revoked|expired|unknown)/i.test(message))
    return [
      'it refuses the client certificate',
      'Check sslcert and sslkey in DATABASE_URL against the authority that it trusts.',
    ];
  if (message.includes('altnames'))
    return [message.replace(/[.:]+$/, ''), 'Use a host name of its certificate in DATABASE_URL, or sslmode=verify-ca.'];
  if (/certificate/i.test(message))
    return [`its certificate is not trusted: ${message}`, 'Set sslrootcert in DATABASE_URL to the authority that signed it.'];
  if (/SSL|TLS/i.test(message)) return [message, 'Set sslmode in DATABASE_URL as the server wants it.'];
  return [message, checkUrl];
}
