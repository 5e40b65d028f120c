import { lstat, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { isSystemError, quoted, XaigridError } from '@xaigrid/contracts';
import { homeFolder, ourSurroundings, readEnvironment, userFolder, type Surroundings } from '@xaigrid/service';
import { commandLine } from './hints.js';

/** The folder that makes a project of the folder it is in: its store, for what is called there and below. */
export const projectStore = '.xaigrid';

/** The folder of an embedded store, which may not be there yet, and why it is this one. */
export interface StoreLocation {
  readonly folder: string;
  /** `given by --store` */
  readonly why: string;
}

/** Where runs of this machine are kept: a Postgres of the user's own, or the embedded one in a folder. */
export type Keeping = { readonly databaseUrl: string } | StoreLocation;

/** Where and as whom a command is called; its own process's unless a test says otherwise. */
export interface Caller extends Surroundings {
  /** @throws where the folder has been removed */
  readonly folder: () => string;
  /** undefined on Windows, where files do not tell. */
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

/** What was typed goes before what the environment says: --store before DATABASE_URL. */
export async function keepingOf({ store }: { readonly store?: string }): Promise<Keeping> {
  const { DATABASE_URL: databaseUrl } = store === undefined ? readEnvironment(['DATABASE_URL'], []) : {};
  return databaseUrl === undefined ? findStore(store) : { databaseUrl };
}

/**
 * The embedded store that is meant: the one that is named (--store, else XAIGRID_STORE), else that of the project, which is the nearest
 * `.xaigrid` of the current folder or one above it, else the user's own. Only looks: makes nothing.
 * @throws USAGE for a name that is none, FOLDER_UNWRITABLE where a file is in the way, STORE_FOREIGN, ENVIRONMENT_INVALID without a home
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

/** A shell leaves `--store=~/x` as it is, and files of settings know no `~`: without this a folder named `~` would be made. */
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
 * Anybody can put a `.xaigrid` in /tmp, or in a scratch folder that all may write to, and wait for who comes by: a store holds settings of
 * a server that we would start, and links that we would write through. What another user made is used only when it is named.
 */
async function isProjectStore(folder: string, caller: Caller): Promise<boolean> {
  const found = await stat(folder).catch((error: unknown) => {
    // A folder above that may not be looked into holds nothing of ours.
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

/** Nothing was stored there yet: says where it was looked, and how to begin. */
export function storeNotFound({ folder, why }: StoreLocation): XaigridError {
  return new XaigridError(
    'STORE_NOT_FOUND',
    `There is no store yet in ${folder} (${why}): "${commandLine({}, 'init')}" writes a spec, and "${commandLine({}, 'run')}" makes the store and computes it.`,
  );
}
