import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { XaigridError } from '@xaigrid/contracts';

/** The place of a database for messages. It never contains the password. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

/**
 * Parses the URL of a database.
 * @throws ENVIRONMENT_INVALID if it is no `postgresql://` URL
 */
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
    database: decoded(parsed.pathname.slice(1)),
    user: decoded(parsed.username),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new XaigridError('ENVIRONMENT_INVALID', 'The database URL has a "%" that stands for itself; write it as %25.', {
      cause,
    });
  }
}

/** A connection URL that may be shown: without the password and the query. */
export function redactUrl(url: string): string {
  const { host, port, database } = parseDatabaseUrl(url);
  return `postgresql://${host}:${port}/${database}`;
}

/**
 * The modes as libpq defines them. `prefer` and `allow` are left out: they guarantee nothing, and `pg` cannot fall back to
 * another kind of connection.
 */
const sslModes = ['disable', 'require', 'verify-ca', 'verify-full'];

/**
 * The connection URL for `pg`. In it, `sslmode` means the same as in psql and everything else built on libpq. `pg` 8 does so only
 * on request.
 * @throws ENVIRONMENT_INVALID for an unknown `sslmode` and for certificates that cannot be read
 */
export async function connectionString(url: string): Promise<string> {
  const { searchParams } = new URL(url);
  const mode = searchParams.get('sslmode');
  const files = ['sslrootcert', 'sslcert', 'sslkey'].flatMap((name) => {
    const path = searchParams.get(name);
    return path === null ? [] : [{ name, path }];
  });
  if (mode === null && files.length === 0) return url;
  if (mode === null || !sslModes.includes(mode)) {
    throw new XaigridError(
      'ENVIRONMENT_INVALID',
      `${mode === null ? `DATABASE_URL has ${files[0]?.name ?? ''} but no sslmode` : `sslmode=${mode} in DATABASE_URL is not known`}. Use one of ${sslModes.join(', ')}.`,
    );
  }
  if (mode === 'verify-ca' && !searchParams.has('sslrootcert')) {
    throw new XaigridError('ENVIRONMENT_INVALID', 'sslmode=verify-ca in DATABASE_URL wants sslrootcert=FILE, the authority.');
  }
  for (const { name, path } of files) {
    await access(path, constants.R_OK).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new XaigridError('ENVIRONMENT_INVALID', `The file of ${name} in DATABASE_URL cannot be read (${reason}).`, { cause });
    });
  }
  return `${url}&uselibpqcompat=true`;
}
