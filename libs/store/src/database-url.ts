import { XaigridError } from '@xaigrid/contracts';

/** Where a database is, for messages: never with the password. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

/** @throws ENVIRONMENT_INVALID when it is not a `postgresql://` URL */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['postgresql:', 'postgres:'].includes(parsed.protocol)) {
    throw new XaigridError(
      'ENVIRONMENT_INVALID',
      'The database URL must look like postgresql://user:password@host:5432/database.',
    );
  }
  return {
    host: parsed.searchParams.get('host') ?? (parsed.hostname === '' ? 'localhost' : parsed.hostname),
    port: parsed.port === '' ? '5432' : parsed.port,
    database: decodeURIComponent(parsed.pathname.slice(1)),
    user: decodeURIComponent(parsed.username),
  };
}

/** A connection URL that may be shown: without password and query. */
export function redactUrl(url: string): string {
  const { host, port, database } = parseDatabaseUrl(url);
  return `postgresql://${host}:${port}/${database}`;
}
