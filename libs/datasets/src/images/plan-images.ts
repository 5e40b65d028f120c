import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { sha256, XaigridError, type LocalFile } from '@xaigrid/contracts';
import { readHeader } from './decode-image.js';
import { inOrder } from '../in-order.js';
import { cutIntoPacks, encodeListing, totalSize, type ListedImage } from './listing.js';
import { scanFolder, type FoundImage, type ScannedFolder } from './scan-folder.js';

/** The files that are read ahead while others are hashed. */
const READ_AHEAD = 8;

/**
 * What a plan says about a folder of images: a listing, and packs of their bytes. So a plan has only a few hashes, however many
 * images there are. Every file is read once and its header is checked; nothing is decoded.
 */
export async function planImages(folder: string): Promise<LocalFile[]> {
  const path = resolve(folder);
  const name = basename(path);
  const scanned = await scanFolder(path);
  const { images } = scanned;
  const packs = cutIntoPacks(images);
  const listing: ListedImage[] = [];
  const files: LocalFile[] = [];
  let pack = createHash('sha256');
  for await (const { listed, bytes } of inOrder(images.length, READ_AHEAD, (index) => inspect(images, index, path))) {
    listing.push(listed);
    pack.update(bytes);
    const { start, end } = packs[files.length] ?? { start: 0, end: 0 };
    if (listing.length < end) continue;
    const parts = images.slice(start, end);
    files.push({
      name: `${name}, images ${start} to ${end - 1}`,
      sha256: pack.digest('hex'),
      size: totalSize(parts),
      path,
      parts: parts.map((image) => image.path),
    });
    pack = createHash('sha256');
  }
  const content = encodeListing(listing);
  const note = noteOf(path, scanned);
  return [
    {
      name: `${name}, listing`,
      sha256: sha256(content),
      size: content.length,
      parts: [content],
      ...(note === undefined ? {} : { note }),
    },
    ...files,
  ];
}

async function inspect(
  images: readonly FoundImage[],
  index: number,
  folder: string,
): Promise<{ readonly listed: ListedImage; readonly bytes: Uint8Array }> {
  const image = images[index];
  if (image === undefined) throw new RangeError(`There is no image ${index}.`);
  const { name, path, size } = image;
  const place = `${name} in ${folder}`;
  const bytes = await readFile(path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('DATASET_UNREADABLE', `The image ${place} cannot be read: ${reason}.`, { cause: error });
  });
  if (bytes.length !== size) {
    throw new XaigridError(
      'DATASET_UNREADABLE',
      `The image ${place} changed while it was read. Try again when nothing writes there.`,
    );
  }
  const { height, width, lossy, orientation } = await readHeader(bytes, place);
  const turned = orientation === 1 ? {} : { orientation };
  return { listed: { name, size, sha256: sha256(bytes), height, width, lossy, ...turned }, bytes };
}

function noteOf(folder: string, { images, ignored }: ScannedFolder): string | undefined {
  if (ignored.size === 0) return undefined;
  const kinds = [...ignored].sort(([, a], [, b]) => b - a).map(([what, count]) => `${count} ${what}`);
  return `${folder}: ${images.length} image${images.length === 1 ? '' : 's'}; left out because they are not images: ${kinds.join(', ')}.`;
}
