import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, isAbsolute, join, relative, sep } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';

const imageExtensions = new Set(['.tif', '.tiff', '.png', '.jpg', '.jpeg', '.webp']);

export interface ScannedImage {
  /** `class/file` */
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

export interface ScannedFolder {
  /** Sorted by class folder and then by file name, both by code points as in Python. */
  readonly images: readonly ScannedImage[];
  /** The numbers of other files, by extension or `hidden`. */
  readonly ignored: ReadonlyMap<string, number>;
}

/**
 * Finds the images of a data set: those in the subfolders of `folder`.
 * @throws DATASET_UNREADABLE if there is no folder or no class folder, if a class folder has no images or has folders in it, or
 * if a link leads out of `folder`.
 */
export async function scanFolder(folder: string): Promise<ScannedFolder> {
  const root = await realpath(folder).catch((error: unknown) => {
    throw unreadable(`The folder ${folder} cannot be read: ${reasonOf(error)}. Check the path in the spec`, error);
  });
  const ignored = new Map<string, number>();
  const ignore = (name: string): void => {
    const what = name.startsWith('.') ? 'hidden' : extname(name).toLowerCase() || 'no extension';
    ignored.set(what, (ignored.get(what) ?? 0) + 1);
  };
  const classes: string[] = [];
  for (const entry of await entriesOf(folder, folder)) {
    const { name } = entry;
    if (name.startsWith('.') || !(await target(root, join(folder, name), entry)).isDirectory) ignore(name);
    else classes.push(name);
  }
  if (classes.length === 0) {
    throw unreadable(
      `${folder} has no class folders: a data set of kind image-folder has one folder per class, with its images in it`,
    );
  }
  const images: ScannedImage[] = [];
  for (const className of classes) {
    const before = images.length;
    for (const entry of await entriesOf(join(folder, className), folder)) {
      const name = `${className}/${entry.name}`;
      const path = join(folder, className, entry.name);
      if (entry.name.startsWith('.')) {
        ignore(entry.name);
        continue;
      }
      const { isDirectory, isFile, size } = await target(root, path, entry);
      if (isDirectory) {
        throw unreadable(
          `${name} in ${folder} is a folder, but images must be directly in the class folders. Move its images up, or remove it`,
        );
      }
      if (!isFile || !imageExtensions.has(extname(name).toLowerCase())) ignore(entry.name);
      else images.push({ name, path, size });
    }
    if (images.length === before) {
      throw unreadable(
        `The class folder ${className} in ${folder} has no images (TIFF, PNG, JPEG or WebP). Fill it, or remove it`,
      );
    }
  }
  return { images, ignored };
}

async function entriesOf(path: string, folder: string): Promise<Dirent[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(
      `The folder ${path === folder ? folder : `${relative(folder, path)} in ${folder}`} cannot be read: ${reasonOf(error)}`,
      error,
    );
  });
  return entries
    .map((entry) => ({ entry, key: Buffer.from(entry.name) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ entry }) => entry);
}

/** What an entry is. A symbolic link is followed if it stays inside. */
async function target(
  root: string,
  path: string,
  entry: Dirent,
): Promise<{ readonly isDirectory: boolean; readonly isFile: boolean; readonly size: number }> {
  if (entry.isDirectory()) return { isDirectory: true, isFile: false, size: 0 };
  try {
    if (entry.isSymbolicLink()) {
      const way = relative(root, await realpath(path));
      if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
        throw unreadable(`${path} is a link that leads out of the folder of the data set. Replace it with a copy, or remove it`);
      }
    }
    const status = await stat(path);
    return { isDirectory: status.isDirectory(), isFile: status.isFile(), size: status.size };
  } catch (error) {
    if (error instanceof XaigridError) throw error;
    throw unreadable(`${path} cannot be read: ${reasonOf(error)}`, error);
  }
}

function unreadable(problem: string, cause?: unknown): XaigridError {
  return new XaigridError('DATASET_UNREADABLE', `${problem}.`, { cause });
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'ENOTDIR') return 'it is no folder';
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read';
  return error instanceof Error ? error.message : String(error);
}
