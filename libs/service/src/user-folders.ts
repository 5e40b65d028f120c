import { accessSync, constants } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';

/** What decides where a user's folders are; this process's own unless a test says otherwise. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Throws where the system knows of none. */
  readonly home: () => string;
}

/** This process's. */
export const ourSurroundings: Surroundings = { environment: process.env, platform: process.platform, home: homedir };

/** `data` is what must not be lost, `cache` what can be fetched again. */
type Kind = 'data' | 'cache';

/** Below the home folder, as each system has it; Linux and all others by the XDG Base Directory Specification 0.8. */
const places: Readonly<Record<'darwin' | 'win32' | 'other', Readonly<Record<Kind, readonly string[]>>>> = {
  darwin: { data: ['Library', 'Application Support', 'xaigrid'], cache: ['Library', 'Caches', 'xaigrid'] },
  win32: { data: ['AppData', 'Local', 'xaigrid', 'Data'], cache: ['AppData', 'Local', 'xaigrid', 'Cache'] },
  other: { data: ['.local', 'share', 'xaigrid'], cache: ['.cache', 'xaigrid'] },
};

/**
 * Where xaigrid keeps what is a user's own: in XDG_DATA_HOME or XDG_CACHE_HOME, on any system, where it is set to an absolute path (the
 * specification has others ignored), else below the home folder. Nothing is made there.
 * @throws ENVIRONMENT_INVALID without a home folder
 */
export function userFolder(kind: Kind, surroundings: Surroundings = ourSurroundings): string {
  const { environment, platform } = surroundings;
  const base = kind === 'data' ? environment.XDG_DATA_HOME : environment.XDG_CACHE_HOME;
  if (base !== undefined && isAbsolute(base)) return join(base, 'xaigrid');
  const system = platform === 'darwin' || platform === 'win32' ? platform : 'other';
  return join(homeFolder(surroundings), ...places[system][kind]);
}

/** @throws ENVIRONMENT_INVALID where there is none, as for a user that the system does not know */
export function homeFolder({ home }: Pick<Surroundings, 'home'> = ourSurroundings): string {
  let folder = '';
  try {
    folder = home();
  } catch {
    // Said below, with what to do.
  }
  if (isAbsolute(folder)) return folder;
  throw new XaigridError(
    'ENVIRONMENT_INVALID',
    `This user has no home folder${folder === '' ? '' : ` (HOME is "${folder}", which is no absolute path)`}. Set HOME, or name the store: --store FOLDER, or XAIGRID_STORE.`,
  );
}

/**
 * Where a process keeps files that it fetched from a database: XAIGRID_CACHE_DIR, else the user's cache. A service may have no home that
 * it can write to: then a folder under the temporary folder, named for its user, since each user's is closed to the others.
 */
export function cacheFolder(surroundings: Surroundings = ourSurroundings): string {
  const { XAIGRID_CACHE_DIR: named = '', XDG_CACHE_HOME: base = '' } = surroundings.environment;
  if (named !== '') return named;
  if (isAbsolute(base) || hasWritableHome(surroundings)) return userFolder('cache', surroundings);
  return join(tmpdir(), `xaigrid-cache-${process.getuid?.() ?? userInfo().username}`);
}

function hasWritableHome(surroundings: Surroundings): boolean {
  try {
    accessSync(homeFolder(surroundings), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
