import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeFolder, XaigridError } from '@xaigrid/contracts';
import { openPromise, type Entry } from 'yauzl';

export interface UnpackOptions {
  /** The zip file. */
  readonly path: string;
  /** The folder in the zip file from which `class/file`s are taken. */
  readonly folder: string;
  /** The target: an empty folder. */
  readonly to: string;
  readonly signal?: AbortSignal;
}

/** More than any published set of this kind has. It bounds what a zip bomb can fill. */
const MOST_BYTES = 4 * 2 ** 30;
const MOST_FILES = 200_000;

/**
 * Unpacks the images of a zip file: `folder/class/file` becomes `to/class/file`. Nothing is written outside `to`: names with
 * other parts, links and special files are refused.
 * @returns the number of files
 * @throws DATASET_UNREADABLE if it is not such a zip file
 */
export async function unpack({ path, folder, to, signal }: UnpackOptions): Promise<number> {
  try {
    const zip = await openPromise(path, { strictFileNames: true, validateEntrySizes: true });
    let [files, bytes] = [0, 0];
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted();
      const place = placeOf(entry, folder);
      if (place === undefined) continue;
      files += 1;
      bytes += entry.uncompressedSize;
      if (files > MOST_FILES || bytes > MOST_BYTES)
        throw new Error(`it unpacks to more than ${MOST_FILES} files or ${MOST_BYTES / 2 ** 30} GiB`);
      const target = join(to, place);
      await makeFolder(dirname(target));
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { flags: 'wx' }), {
        ...(signal === undefined ? {} : { signal }),
      });
    }
    if (files === 0) throw new Error(`it has no images in ${folder}/`);
    return files;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('DATASET_UNREADABLE', `${path} cannot be unpacked: ${reason}. Remove it and fetch it again.`, {
      cause: error,
    });
  }
}

/** The bits of a Unix file type, in the upper half of the external attributes. */
const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;

/** The place `class/file` of an entry. Undefined for folders and for entries elsewhere in the archive. */
function placeOf({ fileName, externalFileAttributes }: Entry, folder: string): string | undefined {
  if (fileName.endsWith('/') || !fileName.startsWith(`${folder}/`)) return undefined;
  const place = fileName.slice(folder.length + 1);
  const type = (externalFileAttributes >>> 16) & TYPE_MASK;
  if (type !== 0 && type !== REGULAR) throw new Error(`${fileName} is not a plain file`);
  const parts = place.split('/');
  if (parts.length === 2 && parts.every((part) => part !== '' && !part.startsWith('.'))) return place;
  if (parts.some((part) => part.startsWith('.'))) return undefined;
  throw new Error(`${fileName} is not in a class folder`);
}
