import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readFile, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, XaigridError } from '@xaigrid/contracts';
import type { Binaries } from './binaries.js';
import { rememberOrigin, startDraft } from './cluster-draft.js';
import { folderUnwritable } from './folder-errors.js';
import { serverEnvironment } from './server-process.js';
import type { ServerUser } from './server-user.js';
import { makeStoreFolder } from './store-folder.js';

/** The only role of an embedded cluster. */
export const roleName = 'xaigrid';

/** A Postgres data folder and the password of its role. */
export interface Cluster {
  /** The path without symlinks. */
  readonly dataFolder: string;
  readonly password: string;
}

/** The folder of the cluster, or a symlink to it. It appears complete, in one step. */
export function clusterFolder(folder: string): string {
  return join(folder, 'cluster');
}

/**
 * Finds the cluster of a folder, or makes one. Several processes may do so at once: each makes a draft, and one of the drafts
 * becomes the cluster.
 *
 * If we are root and the user that Postgres runs as cannot enter the folder (a project under /root), the cluster is made
 * elsewhere, with a symlink to it in the folder: see `startDraft`.
 * @throws FOLDER_UNWRITABLE
 */
export async function openCluster(options: {
  readonly folder: string;
  readonly binaries: Binaries;
  readonly user: ServerUser | undefined;
  readonly signal: AbortSignal | undefined;
}): Promise<Cluster> {
  const cluster = clusterFolder(options.folder);
  try {
    if (!(await exists(cluster))) await createCluster(cluster, options);
    if (options.user !== undefined && (await isLink(cluster))) await rememberOrigin(await realpath(cluster), cluster);
    return await readCluster(cluster);
  } catch (error) {
    if (error instanceof XaigridError || !isSystemError(error)) throw error;
    throw folderUnwritable(options.folder, error);
  }
}

async function readCluster(cluster: string): Promise<Cluster> {
  const password = await readFile(join(cluster, 'password'), 'utf8');
  return { dataFolder: await realpath(join(cluster, 'data')), password: password.trim() };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (isSystemError(error) && error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

async function isLink(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isSymbolicLink() === true;
}

async function createCluster(cluster: string, options: Parameters<typeof openCluster>[0]): Promise<void> {
  const { folder, user } = options;
  await makeStoreFolder(folder);
  const { draft, elsewhere } = await startDraft({ folder, cluster, user });
  let published = false;
  try {
    await initialise(draft, options);
    published = elsewhere ? await publishLink(draft, cluster) : await publishFolder(draft, cluster);
  } finally {
    if (!published) await rm(draft, { recursive: true, force: true });
  }
}

async function initialise(draft: string, { binaries, user, signal }: Parameters<typeof openCluster>[0]): Promise<void> {
  const data = join(draft, 'data');
  const passwordFile = join(draft, 'password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  if (user !== undefined) {
    const { uid, gid } = user.ids;
    await chmod(draft, 0o755);
    await chown(data, uid, gid);
    await chown(passwordFile, uid, gid);
  }
  const flags = [`--pgdata=${data}`, `--username=${roleName}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const child = spawn(binaries.initdb, [...flags, '--encoding=UTF8', '--no-locale', '--no-instructions'], {
    ...user?.ids,
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw new XaigridError('INTERRUPTED', 'Interrupted while Postgres made its data folder.');
    throw error;
  });
  if (code === 0) return;
  const reason = complaint.split('\n').findLast((line) => line.includes('error:')) ?? complaint.trim();
  throw new XaigridError('FOLDER_UNWRITABLE', `Postgres cannot make its data folder ${data}: ${reason}`);
}

/** Renames a draft to the cluster. Renaming onto a folder that is not empty fails, so the first draft wins. */
async function publishFolder(draft: string, cluster: string): Promise<boolean> {
  return rename(draft, cluster).then(() => true, lost);
}

async function publishLink(draft: string, cluster: string): Promise<boolean> {
  // A link to a cluster that is gone (for example from a cleared temporary folder) is replaced.
  if ((await isLink(cluster)) && !(await exists(cluster))) await rm(cluster);
  return symlink(draft, cluster).then(() => true, lost);
}

function lost(error: unknown): boolean {
  if (isSystemError(error) && (error.code === 'EEXIST' || error.code === 'ENOTEMPTY')) return false;
  throw error;
}
