import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and its parents, like `mkdir -p`. An existing folder stays as it is.
 *
 * Node's own recursive `mkdir` (20.20, 22) never returns if the system answers ENOENT although the parent exists, as under /proc.
 * @throws the error of the system: EACCES, EROFS, ENOSPC, EEXIST or ENOTDIR when a file is in the way, ENOENT under /proc
 */
export async function makeFolder(path: string, options: { readonly mode?: number } = {}): Promise<void> {
  const folder = resolve(path);
  const above = dirname(folder);
  const reason = await refusalOf(folder, options);
  if (reason === undefined) return;
  if (codeOf(reason) !== 'ENOENT' || above === folder) throw reason;
  // If the parent exists now, another process has made it, or the system refuses for another reason; then the second try fails
  // the same way.
  if (!(await isFolder(above))) await makeFolder(above, options);
  const again = await refusalOf(folder, options);
  if (again !== undefined) throw again;
}

/** Tries to make one folder. Returns the system's error; undefined if the folder exists now. */
async function refusalOf(folder: string, options: { readonly mode?: number }): Promise<Error | undefined> {
  try {
    await mkdir(folder, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return codeOf(error) === 'EEXIST' && (await isFolder(folder)) ? undefined : error;
  }
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
