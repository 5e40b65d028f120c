import { lstat, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { isSystemError, quoted, XaigridError } from '@xaigrid/contracts';
import { homeFolder, ourSurroundings, readEnvironment, userFolder, type Surroundings } from '@xaigrid/service';
import { commandLine } from './hints.js';

/** The name of a project's store. The folder that contains it is a project, for commands called there and below. */
export const projectStore = '.xaigrid';

/** The folder of an embedded store, which may not exist yet, and why it was chosen. */
export interface StoreLocation {
  readonly folder: string;
  /** `given by --store` */
  readonly why: string;
}

/** Where runs of this machine are kept: a Postgres of the user's own, or the embedded one in a folder. */
export type Keeping = { readonly databaseUrl: string } | StoreLocation;

/** The user, folder and environment of a command: those of this process, except in tests. */
export interface Caller extends Surroundings {
  /** @throws SYSTEM_FAILED if the folder has been removed */
  readonly folder: () => string;
  /** undefined on Windows, where files have no user number. */
  readonly userId: number | undefined;
}

/** This process's. */
const thisCaller: Caller = { ...ourSurroundings, folder: currentFolder, userId: process.geteuid?.() };

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    const message = 'The current folder has been removed. Go to another one, or name the store with --store and its whole path.';
    throw new XaigridError('SYSTEM_FAILED', message, { cause: error });
  }
}

/** Typed options come before the environment: --store before DATABASE_URL. */
export async function keepingOf({ store }: { readonly store?: string }): Promise<Keeping> {
  const { DATABASE_URL: databaseUrl } = store === undefined ? readEnvironment(['DATABASE_URL'], []) : {};
  return databaseUrl === undefined ? findStore(store) : { databaseUrl };
}

/**
 * The embedded store of a command: the named one (--store, else XAIGRID_STORE), else that of the project, which is the nearest
 * `.xaigrid` in the current folder or above, else the user's own. Makes nothing.
 * @throws USAGE for an unusable name, FOLDER_UNWRITABLE if a file has the name of the store, STORE_FOREIGN, ENVIRONMENT_INVALID
 * without a home
 */
export async function findStore(named: string | undefined, caller: Caller = thisCaller): Promise<StoreLocation> {
  if (named !== undefined) return { folder: folderOf(named, '--store', caller), why: 'given by --store' };
  const { XAIGRID_STORE: usual = '' } = caller.environment;
  if (usual !== '') return { folder: folderOf(usual, 'XAIGRID_STORE', caller), why: 'given by XAIGRID_STORE' };
  const project = await findProject(caller);
  if (project !== undefined) return project;
  const { XDG_DATA_HOME: base = '' } = caller.environment;
  const by =
    base === '' ? '' : isAbsolute(base) ? ', by XDG_DATA_HOME' : ' (XDG_DATA_HOME is ignored because it is not an absolute path)';
  return { folder: userFolder('data', caller), why: `your own${by}; neither this folder nor one above it has a ${projectStore}` };
}

/**
 * Resolves `~`. A shell does not expand it in `--store=~/x`, nor do settings files; without this, a folder named `~` would be
 * made.
 */
function folderOf(text: string, source: string, caller: Caller): string {
  if (text === '') throw new XaigridError('USAGE', `${source} is empty. Name a folder, or leave it out.`);
  const [first = '', ...below] = text.split(sep);
  if (!first.startsWith('~')) return isAbsolute(text) ? resolve(text) : resolve(caller.folder(), text);
  if (first === '~') return join(homeFolder(caller), ...below);
  throw new XaigridError(
    'USAGE',
    `${source} ${text}: xaigrid does not look up homes of other users. Write the whole path, or ./${text} if the folder has that name.`,
  );
}

async function findProject(caller: Caller): Promise<StoreLocation | undefined> {
  for (let project = caller.folder(); ; project = dirname(project)) {
    const folder = join(project, projectStore);
    if (await isProjectStore(folder, caller)) return { folder, why: `of the project in ${project}` };
    if (dirname(project) === project) return undefined;
  }
}

/**
 * Whether `folder` is the store of a project. Anybody can put a `.xaigrid` into /tmp or another shared folder and wait for others
 * to use it. A store contains settings of a server that we would start, and links that we would write through. So a store of
 * another user is used only if it is named.
 * @throws FOLDER_UNWRITABLE for a file, STORE_FOREIGN
 */
async function isProjectStore(folder: string, caller: Caller): Promise<boolean> {
  const found = await stat(folder).catch((error: unknown) => {
    // A folder that we may not enter contains no store of ours.
    if (isSystemError(error) && ['ENOENT', 'ENOTDIR', 'EACCES'].includes(error.code ?? '')) return undefined;
    throw error;
  });
  if (found === undefined) return false;
  if (!found.isDirectory()) throw fileInTheWay(folder);
  const trusted = new Set([caller.userId, ...(caller.userId === 0 ? [Number(caller.environment.SUDO_UID)] : [])]);
  const owners = [found.uid, (await lstat(folder)).uid];
  const stranger = caller.userId === undefined ? undefined : owners.find((owner) => !trusted.has(owner));
  if (stranger === undefined) return true;
  throw new XaigridError(
    'STORE_FOREIGN',
    `The store ${folder} belongs to another user (number ${stranger}). If you trust it, name it: --store ${quoted(folder)}.`,
  );
}

export function fileInTheWay(folder: string): XaigridError {
  return new XaigridError(
    'FOLDER_UNWRITABLE',
    `${folder} is a file, but a store of a project is a folder of this name. Move the file away, or name a store with --store.`,
  );
}

/** The Postgres of a store. */
export function serverFolder({ folder }: StoreLocation): string {
  return join(folder, 'postgres');
}

/** The error if there is no store: where it was looked for, and how to begin. */
export function storeNotFound({ folder, why }: StoreLocation): XaigridError {
  return new XaigridError(
    'STORE_NOT_FOUND',
    `There is no store yet in ${folder} (${why}): "${commandLine({}, 'init')}" writes a spec, and "${commandLine({}, 'run')}" makes the store and computes it.`,
  );
}
