import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LARGEST_ARTIFACT, sha256, XaigridError, type FileReference } from '@xaigrid/contracts';
import { cutIntoPacks, totalSize, type ListedImage, type Listing } from './listing.js';

/** The files of the images of a data set, wherever this process finds them. */
export interface ImageBytes {
  /** The bytes of image `index`, checked against the hash in the listing. */
  read(index: number): Promise<Uint8Array>;
}

/**
 * Reads images from the folder that the data set was planned from, if this process has it, and otherwise from the packs in the
 * store. A pack is fetched when its first image is needed. The hash of an image is checked at its first read.
 * @throws DATASET_UNREADABLE if listing and packs do not belong together; `read` throws DATASET_CHANGED and ARTIFACT_MISSING.
 */
export function createImageBytes(options: {
  readonly listing: Listing;
  readonly packs: readonly FileReference[];
  readonly filePath: (file: FileReference) => Promise<string>;
  /** Reads an image where the data set was planned from, if it is there. Default: the file of that name in the folder. */
  readonly local?: (path: string, index: number) => Promise<Uint8Array | undefined>;
}): ImageBytes {
  const { listing, packs, filePath, local = fileIn } = options;
  const places = placesOf(listing, packs);
  const travels = totalSize(listing) <= LARGEST_ARTIFACT;
  const folder = packs[0]?.path;
  let isSeen: Promise<boolean> | undefined;
  const checked = new Uint8Array(listing.length);

  function isWanted(index: number, { size, sha256: hash }: ListedImage, bytes: Uint8Array): boolean {
    if (bytes.length !== size || (checked[index] !== 1 && sha256(bytes) !== hash)) return false;
    checked[index] = 1;
    return true;
  }

  function fileIn(path: string, index: number): Promise<Uint8Array | undefined> {
    return readFile(join(path, listing[index]?.name ?? '')).catch(() => undefined);
  }

  return {
    async read(index) {
      const image = listing[index];
      const place = places[index];
      if (image === undefined || place === undefined) throw new RangeError(`There is no image ${index}.`);
      isSeen ??= isThere(folder);
      const seen = await isSeen;
      if (folder !== undefined && seen) {
        const bytes = await local(folder, index);
        if (bytes !== undefined && isWanted(index, image, bytes)) return bytes;
      }
      const path = travels ? await filePath(place.pack) : folder;
      if (path === undefined || path === folder) throw notThere(image, folder, seen);
      const bytes = await readPiece(path, place.offset, image.size);
      if (isWanted(index, image, bytes)) return bytes;
      throw new XaigridError(
        'DATASET_CHANGED',
        `${path}, which has the image ${image.name}, is damaged. Remove that file; it is then read from the store again.`,
      );
    },
  };
}

/** The place of one image in the packs. */
interface Place {
  readonly pack: FileReference;
  readonly offset: number;
}

function placesOf(listing: Listing, packs: readonly FileReference[]): Place[] {
  // A single pack is the whole set, whatever its size: other versions cut large sets in another way.
  const cuts = packs.length === 1 ? [{ start: 0, end: listing.length }] : cutIntoPacks(listing);
  const places = cuts.flatMap(({ start, end }, index) => {
    const images = listing.slice(start, end);
    const pack = packs[index];
    if (pack?.size !== totalSize(images)) return [];
    let offset = 0;
    return images.map(({ size }) => {
      const place = { pack, offset };
      offset += size;
      return place;
    });
  });
  if (places.length === listing.length && packs.length === cuts.length) return places;
  throw new XaigridError(
    'DATASET_UNREADABLE',
    'The listing of the images and their packs do not belong together. Use the same version of xaigrid everywhere.',
  );
}

async function isThere(path: string | undefined): Promise<boolean> {
  return path !== undefined && (await stat(path).catch(() => undefined)) !== undefined;
}

async function readPiece(path: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const file = await open(path);
  try {
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function notThere({ name }: ListedImage, folder: string | undefined, seen: boolean): XaigridError {
  if (seen && folder !== undefined) {
    return new XaigridError(
      'DATASET_CHANGED',
      `The image ${name} in ${folder} has changed since the run was planned. Restore it, or submit the run again.`,
    );
  }
  const where = folder === undefined ? 'the plan does not say where they are' : `${folder} is not on this machine`;
  return new XaigridError(
    'ARTIFACT_MISSING',
    `The images are more than the ${LARGEST_ARTIFACT / 2 ** 30} GiB that travel through the store, and ${where}. Put them where every worker sees them under the same path.`,
  );
}
