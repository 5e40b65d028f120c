import { lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { canEnter, reachableFolder, type ServerUser } from './server-user.js';

const draftPrefix = 'initializing-';
const temporaryPrefix = 'xaigrid-postgres-';
/** initdb takes seconds. */
const abandonedAfterMs = 600_000;

/**
 * Makes an empty folder for a cluster to be: beside where it will be, or, when the user that Postgres runs as cannot get there,
 * under /var/lib/xaigrid. There it stays when the project's folder is removed; its file `origin` says whose it was. For a project in
 * the system's temporary folder it is there too, and goes some time after the project.
 */
export async function startDraft(options: {
  readonly folder: string;
  readonly cluster: string;
  readonly user: ServerUser | undefined;
}): Promise<{ readonly draft: string; readonly elsewhere: boolean }> {
  const { folder, cluster, user } = options;
  if (user === undefined || canEnter(folder, user)) {
    await removeAbandoned(folder, draftPrefix, () => Promise.resolve(true));
    return { draft: await mkdtemp(join(folder, draftPrefix)), elsewhere: false };
  }
  const draft = await startElsewhere(folder);
  await writeFile(join(draft, 'origin'), `${cluster}\n`);
  return { draft, elsewhere: true };
}

async function startElsewhere(folder: string): Promise<string> {
  if (relative(tmpdir(), folder).startsWith('..')) {
    await mkdir(reachableFolder, { recursive: true, mode: 0o755 });
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
    const old = state !== undefined && state.uid === process.getuid?.() && Date.now() - state.mtimeMs > abandonedAfterMs;
    if (old && (await isUnused(path))) await rm(path, { recursive: true, force: true });
  }
}

async function hasLostItsOrigin(cluster: string): Promise<boolean> {
  const origin = await readFile(join(cluster, 'origin'), 'utf8').catch(() => undefined);
  if (origin === undefined) return false;
  const running = await stat(join(cluster, 'data', 'postmaster.pid')).catch(() => undefined);
  return running === undefined && (await lstat(origin.trim()).catch(() => undefined)) === undefined;
}
