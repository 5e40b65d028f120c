import { createHash } from 'node:crypto';
import { sha256, XaigridError, type FilePart, type LocalFile } from '@xaigrid/contracts';
import type { ReadingProgress } from '../dataset.js';
import { inOrder } from '../in-order.js';
import { decodeImage, readHeader } from './decode-image.js';
import { createPackCutter, type ListedImage } from './listing.js';
import type { ImageParameters } from './parameters.js';

/** The files that are read ahead while others are hashed. */
const READ_AHEAD = 8;

/** An image that a data set is planned with. */
export interface FoundImage {
  /** In messages. */
  readonly place: string;
  /** What its bytes are read from when the pack is stored. */
  readonly part: FilePart;
  /** Its bytes, and its name in the listing. */
  read(): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly name: string }>;
}

export interface PackOptions {
  /** Of the data set, in the names of its files. */
  readonly name: string;
  /** Where a process that has them finds the images: a folder, or a file. */
  readonly path: string;
  /** The bytes of all images, or more. */
  readonly total: number;
  readonly onUnreadable: ImageParameters['onUnreadable'];
  readonly onProgress?: ReadingProgress | undefined;
}

interface PackedImage {
  readonly listed: ListedImage;
  /** Its index among the images that were found. */
  readonly index: number;
}

export interface PackedImages {
  readonly images: readonly PackedImage[];
  /** One file per pack. */
  readonly packs: readonly LocalFile[];
  /** Why images were left out, one sentence each. */
  readonly skipped: readonly string[];
}

/**
 * Reads every image once, checks and hashes it, and cuts all into packs. Nothing is decoded, unless unreadable images are skipped.
 * @throws DATASET_UNREADABLE which lists all images that cannot be read, or if none is left
 */
export async function packImages(found: readonly FoundImage[], options: PackOptions): Promise<PackedImages> {
  const { onUnreadable, onProgress } = options;
  const startsNew = createPackCutter(options.total);
  const images: PackedImage[] = [];
  const packs: LocalFile[] = [];
  const problems: XaigridError[] = [];
  let pack = createHash('sha256');
  let parts: FilePart[] = [];
  let size = 0;

  function endPack(): void {
    if (parts.length === 0) return;
    const end = images.length;
    packs.push({
      name: `${options.name}, images ${end - parts.length} to ${end - 1}`,
      ...{ sha256: pack.digest('hex'), size, path: options.path, parts },
    });
    [pack, parts, size] = [createHash('sha256'), [], 0];
  }

  let done = 0;
  for await (const inspected of inOrder(found.length, READ_AHEAD, (index) => inspect(found[index], onUnreadable === 'skip'))) {
    const index = done;
    done += 1;
    onProgress?.(done, found.length);
    if (inspected instanceof XaigridError) {
      problems.push(inspected);
      continue;
    }
    const { listed, bytes, part } = inspected;
    if (startsNew(bytes.length)) endPack();
    images.push({ listed, index });
    pack.update(bytes);
    parts.push(part);
    size += bytes.length;
  }
  endPack();
  if (problems.length > 0 && (onUnreadable === 'fail' || images.length === 0)) throw together(problems, found.length);
  return { images, packs, skipped: problems.map(({ message }) => message) };
}

async function inspect(
  image: FoundImage | undefined,
  decode: boolean,
): Promise<{ readonly listed: ListedImage; readonly bytes: Uint8Array; readonly part: FilePart } | XaigridError> {
  if (image === undefined) throw new RangeError('There is no such image.');
  try {
    const { bytes, name } = await image.read();
    const { height, width, lossy, orientation } = await readHeader(bytes, image.place);
    if (decode) await decodeImage(bytes, image.place, orientation);
    const turned = orientation === 1 ? {} : { orientation };
    return {
      listed: { name, size: bytes.length, sha256: sha256(bytes), height, width, lossy, ...turned },
      bytes,
      part: image.part,
    };
  } catch (error) {
    if (error instanceof XaigridError && error.code === 'DATASET_UNREADABLE') return error;
    throw error;
  }
}

/** Problems that are listed; more are counted. */
const MOST_LISTED = 20;

/** All that cannot be read in one error, so that a set is mended once and not image by image. */
function together(problems: readonly XaigridError[], all: number): XaigridError {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return first;
  const lines = problems.slice(0, MOST_LISTED).map(({ message }) => `\n  ${message}`);
  const more = problems.length - lines.length;
  return new XaigridError(
    'DATASET_UNREADABLE',
    `${problems.length} of ${all} images cannot be read. Replace or remove them, or write onUnreadable: skip.${lines.join('')}${more > 0 ? `\n  and ${more} more` : ''}`,
  );
}

/** `3 of 500 images are left out because they cannot be read: …`; undefined if none is. */
export function skippedNote(skipped: readonly string[], all: number): string | undefined {
  if (skipped.length === 0) return undefined;
  const shown = skipped.slice(0, 3).join(' ');
  const more = skipped.length > 3 ? ` And ${skipped.length - 3} more.` : '';
  return `${skipped.length} of ${all} images ${skipped.length === 1 ? 'is' : 'are'} left out, because they cannot be read (onUnreadable: skip). ${shown}${more}`;
}
