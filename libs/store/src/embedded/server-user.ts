import { spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { XaigridError } from '@xaigrid/contracts';

/** The user that Postgres runs as if we are root: Postgres refuses to run as root. */
export interface ServerUser {
  readonly name: string;
  readonly ids: { readonly uid: number; readonly gid: number };
}

function runsAsRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The user to run Postgres as. Undefined (ourselves) unless we are root. A root process uses the owner of the existing cluster,
 * so that root and an ordinary user can take turns; otherwise the system's `postgres` user, which it creates if missing;
 * otherwise `nobody`.
 */
export async function serverUser(dataFolder: string): Promise<ServerUser | undefined> {
  if (!runsAsRoot()) return undefined;
  const owner = await stat(dataFolder).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { name: `uid ${owner.uid}`, ids: { uid: owner.uid, gid: owner.gid } };
  const user = lookUp('postgres') ?? created('postgres') ?? lookUp('nobody');
  if (user === undefined) {
    throw new XaigridError(
      'DATABASE_UNREACHABLE',
      'Postgres does not run as root, and there is no user "postgres" or "nobody" to run it as. Create one, run xaigrid as an ordinary user, or set DATABASE_URL.',
    );
  }
  return user;
}

function lookUp(name: string): ServerUser | undefined {
  const uid = idOf(['-u', name]);
  const gid = idOf(['-g', name]);
  return uid === undefined || gid === undefined ? undefined : { name, ids: { uid, gid } };
}

function idOf(args: readonly string[]): number | undefined {
  const { status, stdout } = spawnSync('id', args, { encoding: 'utf8' });
  return status === 0 ? Number.parseInt(stdout, 10) : undefined;
}

function created(name: string): ServerUser | undefined {
  const made = spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', name]);
  return made.status === 0 ? lookUp(name) : undefined;
}

/** Whether `user` can enter a folder. The system is asked, because file modes do not tell all (access lists, mounts). */
export function canEnter(folder: string, user: ServerUser): boolean {
  const { status } = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...user.ids, cwd: '/', stdio: 'ignore' });
  return status === 0;
}

/** Where a root process puts the files that its Postgres user needs, if that user cannot enter the project's folder. */
export const reachableFolder = '/var/lib/xaigrid';
