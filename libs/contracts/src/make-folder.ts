import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it, as `mkdir -p` does; one that is there already is left as it is.
 *
 * Node's own recursive `mkdir` (20.20, 22) never returns where the system answers ENOENT although the folder above is there, as under /proc.
 * @throws what the system says: EACCES, EROFS, ENOSPC, EEXIST or ENOTDIR where a file is in the way, ENOENT under /proc
 */
export async function makeFolder(path: string, options: { readonly mode?: number } = {}): Promise<void> {
  const folder = resolve(path);
  const above = dirname(folder);
  const reason = await refusalOf(folder, options);
  if (reason === undefined) return;
  if (codeOf(reason) !== 'ENOENT' || above === folder) throw reason;
  // Where the folder above is there, somebody else has made it since, or the system says so for another reason: then it says so again.
  if (!(await isFolder(above))) await makeFolder(above, options);
  const again = await refusalOf(folder, options);
  if (again !== undefined) throw again;
}

/** What the system says against making a folder; undefined where it is there now. */
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
