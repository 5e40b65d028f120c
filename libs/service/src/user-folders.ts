import { accessSync, constants } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';

/** What decides where a user's folders are: environment, platform and home folder. Tests pass their own. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Throws if the system knows no home folder. */
  readonly home: () => string;
}

/** The surroundings of this process. */
export const ourSurroundings: Surroundings = { environment: process.env, platform: process.platform, home: homedir };

/** `data` must not be lost, `cache` can be fetched again. */
type Kind = 'data' | 'cache';

/** The folders below the home folder on each system. Linux and all others follow the XDG Base Directory Specification 0.8. */
const places: Readonly<Record<'darwin' | 'win32' | 'other', Readonly<Record<Kind, readonly string[]>>>> = {
  darwin: { data: ['Library', 'Application Support', 'xaigrid'], cache: ['Library', 'Caches', 'xaigrid'] },
  win32: { data: ['AppData', 'Local', 'xaigrid', 'Data'], cache: ['AppData', 'Local', 'xaigrid', 'Cache'] },
  other: { data: ['.local', 'share', 'xaigrid'], cache: ['.cache', 'xaigrid'] },
};

/**
 * The folder of a user's own xaigrid files: in XDG_DATA_HOME or XDG_CACHE_HOME if it is an absolute path (the specification says
 * to ignore others), on any system; otherwise below the home folder. The folder is not created.
 * @throws ENVIRONMENT_INVALID without a home folder
 */
export function userFolder(kind: Kind, surroundings: Surroundings = ourSurroundings): string {
  const { environment, platform } = surroundings;
  const base = kind === 'data' ? environment.XDG_DATA_HOME : environment.XDG_CACHE_HOME;
  if (base !== undefined && isAbsolute(base)) return join(base, 'xaigrid');
  const system = platform === 'darwin' || platform === 'win32' ? platform : 'other';
  return join(homeFolder(surroundings), ...places[system][kind]);
}

/**
 * The user's home folder.
 * @throws ENVIRONMENT_INVALID if there is none, for example for a user that the system does not know
 */
export function homeFolder({ home }: Pick<Surroundings, 'home'> = ourSurroundings): string {
  let folder = '';
  try {
    folder = home();
  } catch {
    // The error below says what to do.
  }
  if (isAbsolute(folder)) return folder;
  throw new XaigridError(
    'ENVIRONMENT_INVALID',
    `This user has no home folder${folder === '' ? '' : ` (HOME is "${folder}", which is no absolute path)`}. Set HOME, or name the store: --store FOLDER, or XAIGRID_STORE.`,
  );
}

/**
 * The folder for files that a process fetched from a database: XAIGRID_CACHE_DIR, or the user's cache folder. A service may have
 * no home folder that it can write to. Then it is a folder under the system's temporary folder, one per user, because other users
 * cannot read it.
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
