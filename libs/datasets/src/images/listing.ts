import { canonicalJson, LARGEST_ARTIFACT, XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { turnedOrientations } from './tiff-tags.js';

/** `class folder/file name`. No part of it can lead out of the folder. */
const imageName = z.string().refine((name) => {
  const parts = name.split('/');
  return parts.length === 2 && parts.every((part) => part !== '' && !part.startsWith('.') && !part.includes('\0'));
}, 'expected class/file');

export const listedImageSchema = z.object({
  name: imageName,
  size: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  height: z.int().positive(),
  width: z.int().positive(),
  /** Whether it is JPEG or WebP. */
  lossy: z.boolean(),
  /** The orientation of a TIFF file whose rows and columns are not stored as shown. Height and width are as shown. */
  orientation: z.literal(turnedOrientations).optional(),
});
export type ListedImage = z.infer<typeof listedImageSchema>;

const listingSchema = z.array(listedImageSchema).min(1);

/** All images of a data set, in order. The listing is one file, so a plan has one hash for it, however many images there are. */
export type Listing = readonly ListedImage[];

export function encodeListing(listing: Listing): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalJson(listing));
}

/**
 * Decodes a listing.
 * @throws DATASET_UNREADABLE if the bytes are not a listing.
 */
export function decodeListing(bytes: Uint8Array, name: string): Listing {
  try {
    return listingSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw new XaigridError(
      'DATASET_UNREADABLE',
      `${name} is not a listing of images. Use the same version of xaigrid everywhere.`,
      {
        cause: error,
      },
    );
  }
}

export function classOf({ name }: Pick<ListedImage, 'name'>): string {
  return name.slice(0, name.indexOf('/'));
}

export function totalSize(images: readonly { readonly size: number }[]): number {
  return images.reduce((sum, { size }) => sum + size, 0);
}

/**
 * The bytes of a pack. A worker without the folder fetches whole packs: 16 MiB are some hundred small images, and one second of
 * network.
 */
const PACK_BYTES = 16 * 1024 * 1024;

/** A run of images whose bytes, one after the other, form one file. */
export interface Pack {
  readonly start: number;
  readonly end: number;
}

/**
 * Says image by image whether it begins a pack. A set that may go through the store is cut into packs of about 16 MiB, so that a worker
 * fetches what its shards need. A larger set is one pack, too large for the store; it stays where it is.
 * @param total the bytes of all images
 */
export function createPackCutter(total: number): (size: number) => boolean {
  let bytes = 0;
  return (size) => {
    const isNew = total <= LARGEST_ARTIFACT && bytes > 0 && bytes + size > PACK_BYTES;
    bytes = isNew ? size : bytes + size;
    return isNew;
  };
}

/** The packs of a whole set. */
export function cutIntoPacks(images: readonly { readonly size: number }[]): Pack[] {
  const startsNew = createPackCutter(totalSize(images));
  const starts = [0, ...images.flatMap(({ size }, index) => (startsNew(size) ? [index] : []))];
  return starts.map((start, at) => ({ start, end: starts[at + 1] ?? images.length }));
}
