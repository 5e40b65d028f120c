import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { STORED_PATHS, XaigridError, type FileReference, type StoredInputs } from '@xaigrid/contracts';

export interface StoredFilesOptions {
  readonly inputs: () => Promise<StoredInputs>;
  /** Where a stored file is on this machine. */
  readonly filePath: (file: FileReference) => Promise<string>;
}

/** Stored files at the paths by which a spec names them, for as long as it is planned. */
export interface StoredFiles {
  readonly folder: string;
  /** Where each path is. */
  readonly places: ReadonlyMap<string, string>;
  remove(): Promise<void>;
}

export function isStoredPath(path: string): boolean {
  return path.startsWith(STORED_PATHS);
}

/**
 * Puts the files that these paths name, and those that belong to them, into a folder.
 * @throws ARTIFACT_MISSING for a path that names nothing stored
 */
export async function placeStoredFiles(paths: readonly string[], { inputs, filePath }: StoredFilesOptions): Promise<StoredFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-plan-'));
  const places = new Map<string, string>();
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const known = paths.length === 0 ? [] : filesByFolder(await inputs());
    for (const path of new Set(paths)) {
      const set = known.find(({ prefix, files }) => files.some(({ name }) => `${prefix}${name}` === path));
      if (set === undefined)
        throw new XaigridError('ARTIFACT_MISSING', `${path} is not stored. Choose one of the stored models and data sets.`);
      for (const file of set.files) {
        const place = join(folder, set.prefix, file.name);
        if (places.has(`${set.prefix}${file.name}`)) continue;
        await mkdir(dirname(place), { recursive: true });
        await symlink(await filePath(file), place);
        places.set(`${set.prefix}${file.name}`, place);
      }
    }
    return { folder, places, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The files of each model and data set, and the folder that their paths have in common. */
function filesByFolder({
  models,
  datasets,
}: StoredInputs): { readonly prefix: string; readonly files: readonly FileReference[] }[] {
  return [
    ...models.map(({ path, files }) => ({ prefix: prefixOf(path), files })),
    ...datasets.flatMap(({ entry, files }) => {
      const path = Object.values(entry).find((value) => typeof value === 'string' && isStoredPath(value));
      return typeof path === 'string' ? [{ prefix: prefixOf(path), files }] : [];
    }),
  ];
}

function prefixOf(path: string): string {
  return path.slice(0, path.indexOf('/', STORED_PATHS.length) + 1);
}
