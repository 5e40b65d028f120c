import { readFile } from 'node:fs/promises';
import pg from 'pg';

const roles = ['orchestrator', 'explainer_worker', 'metrics_worker', 'reader'] as const;
/** A role of roles.sql, without its prefix. */
export type Role = (typeof roles)[number];
type PasswordOf = (role: Role) => string;

/** Runs statements on a separate connection. */
export async function run(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

export function urlOfRole(server: string, role: Role, passwordOf: PasswordOf): string {
  const url = new URL(server);
  url.username = `xaigrid_${role}`;
  url.password = encodeURIComponent(passwordOf(role));
  return url.href;
}

/** Does what `psql -f roles.sql` does as a superuser. */
export async function makeRoles(url: string, passwordOf: PasswordOf): Promise<void> {
  const text = await file('roles.sql');
  // The two notations of psql in the file.
  const variables = [...text.matchAll(/^\\getenv (\w+) XAIGRID_(\w+)_DATABASE_PASSWORD$/gm)];
  if (variables.map(([, , role]) => role?.toLowerCase()).join() !== roles.join()) throw new Error('roles.sql has other roles.');
  const statements = text
    .replace(/^\\getenv.*$/gm, '')
    .replace(/:'(\w+)_password'/g, (_, role: Role) => pg.escapeLiteral(passwordOf(role)));
  await run(url, statements);
}

/** Does what `psql -f grants.sql` does as the owner of the tables. */
export async function grantRights(ownerUrl: string): Promise<void> {
  await run(ownerUrl, await file('grants.sql'));
}

const file = (name: string): Promise<string> => readFile(new URL(`../postgres/${name}`, import.meta.url), 'utf8');
