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
  try {
    await mkdir(folder, options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' && (await isFolder(folder))) return;
    const above = dirname(folder);
    if (code !== 'ENOENT' || above === folder || (await isFolder(above))) throw error;
    await makeFolder(above, options);
    await makeFolder(folder, options);
  }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
