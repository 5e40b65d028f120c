import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { sha256, XaigridError, type LocalFile } from '@xaigrid/contracts';
import type { ReadingProgress } from '../dataset.js';
import { classOf, encodeListing, totalSize, type ListedImage } from './listing.js';
import { packImages, skippedNote } from './pack-images.js';
import type { ImageParameters } from './parameters.js';
import { scanFolder, type ScannedFolder, type ScannedImage } from './scan-folder.js';

/**
 * What a plan says about a folder of images: a listing, and packs of their bytes. So a plan has only a few hashes, however many
 * images there are. Every file is read once and its header is checked.
 */
export async function planImages(
  folder: string,
  options: Pick<ImageParameters, 'onUnreadable'> & { readonly onProgress?: ReadingProgress | undefined },
): Promise<LocalFile[]> {
  const path = resolve(folder);
  const name = basename(path);
  const scanned = await scanFolder(path);
  const found = scanned.images.map((image) => ({
    place: `${image.name} in ${path}`,
    part: image.path,
    read: async () => ({ bytes: await bytesOf(image, path), name: image.name }),
  }));
  const { images, packs, skipped } = await packImages(found, { name, path, total: totalSize(scanned.images), ...options });
  requireClasses(
    images.map(({ listed }) => listed),
    scanned,
    path,
  );
  const content = encodeListing(images.map(({ listed }) => listed));
  const notes = [noteOf(path, scanned), skippedNote(skipped, found.length)].filter((note) => note !== undefined);
  return [
    {
      name: `${name}, listing`,
      sha256: sha256(content),
      size: content.length,
      parts: [content],
      ...(notes.length === 0 ? {} : { note: notes.join(' ') }),
    },
    ...packs,
  ];
}

/** @throws DATASET_UNREADABLE if a class has lost all its images: all later classes would have other numbers */
function requireClasses(images: readonly ListedImage[], scanned: ScannedFolder, folder: string): void {
  const left = new Set(images.map(classOf));
  const lost = scanned.images.map(classOf).find((name) => !left.has(name));
  if (lost !== undefined)
    throw new XaigridError('DATASET_UNREADABLE', `No image of the class ${lost} in ${folder} can be read. Replace one of them.`);
}

async function bytesOf({ name, path, size }: ScannedImage, folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const place = `${name} in ${folder}`;
  if (size === 0)
    throw new XaigridError('DATASET_UNREADABLE', `The image ${place} is empty. Replace it, or remove it from the folder.`);
  const bytes = await readFile(path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('DATASET_UNREADABLE', `The image ${place} cannot be read: ${reason}.`, { cause: error });
  });
  if (bytes.length !== size) {
    throw new XaigridError(
      'DATASET_CHANGED',
      `The image ${place} changed while it was read. Try again when nothing writes there.`,
    );
  }
  return bytes;
}

function noteOf(folder: string, { images, ignored }: ScannedFolder): string | undefined {
  if (ignored.size === 0) return undefined;
  const kinds = [...ignored].sort(([, a], [, b]) => b - a).map(([what, count]) => `${count} ${what}`);
  return `${folder}: ${images.length} image${images.length === 1 ? '' : 's'}; left out because they are not images: ${kinds.join(', ')}.`;
}
