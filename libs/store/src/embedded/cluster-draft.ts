import { link, lstat, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { isSystemError, makeFolder } from '@xaigrid/contracts';
import { isServerOf, readPostmaster } from './postmaster-file.js';
import { canEnter, reachableFolder, type ServerUser } from './server-user.js';

const draftPrefix = 'initializing-';
const temporaryPrefix = 'xaigrid-postgres-';
/** A draft this old is abandoned, as initdb takes seconds. A cluster whose project is not found is, if nobody used it for so long. */
const abandonedAfterMs = 600_000;
/** A file that holds the path of the symlink to a cluster elsewhere. */
const originFile = 'origin';
/**
 * A file with a second hard link beside the symlink. The number of its links tells a project that was moved from one that was
 * deleted. It does not where the system cannot link (another disk).
 */
const markFile = 'mark';

/**
 * Makes an empty folder for a new cluster. It is beside the cluster's final place, or under /var/lib/xaigrid if the user that
 * Postgres runs as cannot get there. A cluster there stays when the project's folder is deleted; its file `origin` names that
 * project. A cluster of a project in the system's temporary folder is there too, and is deleted when another one is made some
 * minutes after the project has gone. A project that was only moved keeps its cluster.
 */
export async function startDraft(options: {
  readonly folder: string;
  readonly cluster: string;
  readonly user: ServerUser | undefined;
}): Promise<{ readonly draft: string; readonly elsewhere: boolean }> {
  const { folder, cluster, user } = options;
  if (user === undefined || canEnter(folder, user)) {
    await removeAbandoned(folder, draftPrefix, isOld);
    return { draft: await mkdtemp(join(folder, draftPrefix)), elsewhere: false };
  }
  const draft = await startElsewhere(folder);
  await writeFile(join(draft, originFile), `${cluster}\n`);
  return { draft, elsewhere: true };
}

/** Notes that the symlink `cluster` leads to the cluster elsewhere: for a new cluster, and again if its project was moved. */
export async function rememberOrigin(elsewhere: string, cluster: string): Promise<void> {
  const file = join(elsewhere, originFile);
  if ((await originOf(elsewhere)) !== cluster) {
    // In one step, because another process may read the file to find the owner.
    const half = `${file}.${process.pid}`;
    await writeFile(half, `${cluster}\n`);
    await rename(half, file);
  }
  await linkMark(join(elsewhere, markFile), `${cluster}.${markFile}`);
}

async function linkMark(mark: string, beside: string): Promise<void> {
  const inode = (file: string): Promise<number | undefined> =>
    stat(file).then(
      ({ ino }) => ino,
      () => undefined,
    );
  if ((await inode(mark)) === undefined) await writeFile(mark, '', { flag: 'a' });
  if ((await inode(mark)) === (await inode(beside))) return;
  // A copy of a project has a copy of the file, which is no link.
  await rm(beside, { force: true });
  await link(mark, beside).catch((error: unknown) => {
    if (!isSystemError(error)) throw error;
  });
}

/**
 * The project of a cluster elsewhere.
 * @returns undefined if it is not written yet
 */
async function originOf(elsewhere: string): Promise<string | undefined> {
  const text = await readFile(join(elsewhere, originFile), 'utf8').catch(() => '');
  return text.endsWith('\n') ? text.trim() : undefined;
}

async function startElsewhere(folder: string): Promise<string> {
  if (relative(tmpdir(), folder).startsWith('..')) {
    await makeFolder(reachableFolder, { mode: 0o755 });
    return mkdtemp(join(reachableFolder, 'cluster-'));
  }
  await removeAbandoned(tmpdir(), temporaryPrefix, hasLostItsOrigin);
  return mkdtemp(join(tmpdir(), temporaryPrefix));
}

async function removeAbandoned(folder: string, prefix: string, isUnused: (path: string) => Promise<boolean>): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    const state = await stat(path).catch(() => undefined);
    if (state === undefined || state.uid !== process.getuid?.()) continue;
    if (await isUnused(path)) await rm(path, { recursive: true, force: true });
  }
}

/** Whether a folder was last changed long ago. Postgres changes its data folder when it starts and when it stops. */
async function isOld(folder: string): Promise<boolean> {
  const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: 0 }));
  return Date.now() - mtimeMs > abandonedAfterMs;
}

async function hasLostItsOrigin(path: string): Promise<boolean> {
  const isThere = (file: string): Promise<boolean> =>
    lstat(file).then(
      () => true,
      () => false,
    );
  const origin = await originOf(path);
  if (origin === undefined || (await isThere(origin))) return false;
  const links = await stat(join(path, markFile)).then(
    ({ nlink }) => nlink,
    () => 1,
  );
  if (links > 1) return false;
  const data = join(path, 'data');
  const server = await readPostmaster(data);
  if (server !== undefined && isServerOf(data, server.pid)) return false;
  return (await isOld(path)) && isOld(data);
}
