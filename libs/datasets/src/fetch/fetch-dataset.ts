import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { makeFolder, XaigridError } from '@xaigrid/contracts';
import { scanFolder } from '../images/scan-folder.js';
import { download, type DownloadOptions } from './download.js';
import type { PublishedDataset } from './published.js';
import { unpack } from './unpack.js';

export interface FetchOptions extends Pick<DownloadOptions, 'signal' | 'onProgress' | 'retryDelayMs'> {
  /** The folder to make. */
  readonly to: string;
  /** Another source than the publisher's. The file must be the same. */
  readonly url?: string;
}

/** Where a fetched data set is. */
export interface FetchedDataset {
  readonly folder: string;
  readonly images: number;
  readonly classes: number;
  /** Whether the folder existed before. */
  readonly already: boolean;
}

/**
 * Downloads a published data set and makes it a folder for the kind `image-folder`. The folder appears once it is complete. A
 * partial download lies beside it and is continued. An existing folder stays as it is.
 * @throws DOWNLOAD_FAILED, DATASET_UNREADABLE, FOLDER_UNWRITABLE
 */
export async function fetchDataset(published: PublishedDataset, options: FetchOptions): Promise<FetchedDataset> {
  const to = resolve(options.to);
  if (await holdsSomething(to)) return { ...(await countImages(to)), already: true };
  const { url = published.url, signal, onProgress, retryDelayMs } = options;
  const archive = `${to}.zip.part`;
  const halfway = `${to}.${randomUUID()}.part`;
  await assertWritable(dirname(to), to);
  try {
    await download({
      ...{ url, path: archive, md5: published.md5 },
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
      ...(retryDelayMs !== undefined && { retryDelayMs }),
    });
    await mkdir(halfway);
    await unpack({ path: archive, folder: published.folder, to: halfway, ...(signal && { signal }) });
    const counted = await countImages(halfway);
    await rename(halfway, to);
    await rm(archive, { force: true });
    return { ...counted, folder: to, already: false };
  } catch (error) {
    await rm(halfway, { recursive: true, force: true });
    throw unwritable(to, error) ?? error;
  }
}

async function countImages(folder: string): Promise<Omit<FetchedDataset, 'already'>> {
  const { images } = await scanFolder(folder);
  return { folder, images: images.length, classes: new Set(images.map(({ name }) => name.split('/')[0])).size };
}

async function holdsSomething(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0;
}

async function assertWritable(folder: string, to: string): Promise<void> {
  await makeFolder(folder).catch((error: unknown) => {
    throw unwritable(to, error) ?? error;
  });
}

const writeErrors = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST', 'ENOENT']);

function unwritable(to: string, error: unknown): XaigridError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!(error instanceof Error) || !writeErrors.has(code)) return undefined;
  return new XaigridError('FOLDER_UNWRITABLE', `${to} cannot be written: ${error.message}. Choose another folder with --to.`, {
    cause: error,
  });
}
