import { lstat, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { makeFolder } from '@xaigrid/contracts';
import { isServerOf, readPostmaster } from './postmaster-file.js';
import { canEnter, reachableFolder, type ServerUser } from './server-user.js';

const draftPrefix = 'initializing-';
const temporaryPrefix = 'xaigrid-postgres-';
/** A draft this old is abandoned: initdb takes seconds. */
const abandonedAfterMs = 600_000;
/**
 * A file that holds the path of the symlink to a cluster elsewhere. While a file `unpublished` is beside it, the symlink does not
 * exist yet.
 */
const originFile = 'origin';
const unpublishedFile = 'unpublished';

/**
 * Makes an empty folder for a new cluster. It is beside the cluster's final place, or under /var/lib/xaigrid if the user that
 * Postgres runs as cannot get there. A cluster there stays when the project's folder is deleted; its file `origin` names that
 * project. A cluster of a project in the system's temporary folder is there too, and is deleted when another one is made after
 * the project has gone.
 */
export async function startDraft(options: {
  readonly folder: string;
  readonly cluster: string;
  readonly user: ServerUser | undefined;
}): Promise<{ readonly draft: string; readonly elsewhere: boolean }> {
  const { folder, cluster, user } = options;
  if (user === undefined || canEnter(folder, user)) {
    await removeAbandoned(folder, draftPrefix, ({ old }) => Promise.resolve(old));
    return { draft: await mkdtemp(join(folder, draftPrefix)), elsewhere: false };
  }
  const draft = await startElsewhere(folder);
  await writeFile(join(draft, unpublishedFile), '');
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
  await rm(join(elsewhere, unpublishedFile), { force: true });
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

interface Found {
  readonly path: string;
  readonly old: boolean;
}

async function removeAbandoned(folder: string, prefix: string, isUnused: (found: Found) => Promise<boolean>): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    const state = await stat(path).catch(() => undefined);
    if (state === undefined || state.uid !== process.getuid?.()) continue;
    if (await isUnused({ path, old: Date.now() - state.mtimeMs > abandonedAfterMs }))
      await rm(path, { recursive: true, force: true });
  }
}

async function hasLostItsOrigin({ path, old }: Found): Promise<boolean> {
  const isThere = (file: string): Promise<boolean> =>
    lstat(file).then(
      () => true,
      () => false,
    );
  const origin = await originOf(path);
  if (origin === undefined || (await isThere(origin))) return false;
  const data = join(path, 'data');
  const server = await readPostmaster(data);
  if (server !== undefined && isServerOf(data, server.pid)) return false;
  return old || !(await isThere(join(path, unpublishedFile)));
}
