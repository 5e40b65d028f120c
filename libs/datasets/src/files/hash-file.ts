import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { XaigridError, type FileReference, type Sha256 } from '@xaigrid/contracts';

/**
 * Hashes a file piece by piece.
 * @throws DATASET_UNREADABLE when it cannot be read.
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<{ readonly sha256: Sha256; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  const measure = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      size += chunk.length;
      hash.update(chunk);
    }
  };
  try {
    await pipeline(createReadStream(path), measure, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new XaigridError('DATASET_UNREADABLE', `${path} cannot be read: ${reasonOf(error)}. Check the path in the spec.`, {
      cause: error,
    });
  }
  return { sha256: hash.digest('hex'), size };
}

/**
 * A reference to a file of a spec; its path is relative to the spec's folder.
 * @throws DATASET_UNREADABLE like `hashFile`.
 */
export async function fileReference(path: string, baseFolder: string): Promise<FileReference> {
  const absolute = resolve(baseFolder, path);
  return { name: basename(absolute), ...(await hashFile(absolute)), path: absolute };
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read';
  return error instanceof Error ? error.message : String(error);
}
