import { canonicalJson, XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { listedImageSchema } from '../listing.js';
import type { LabelledImages } from '../open-images.js';

/** A path below the folder of the images. No part of it leads out. */
const relativePath = z
  .string()
  .min(1)
  .refine(
    (name) => !/^([/\\]|[A-Za-z]:)|\0/.test(name) && !name.split(/[/\\]/).includes('..'),
    'expected a path inside the folder',
  );

const schema = z.object({
  classNames: z.array(z.string()).min(1),
  images: z
    .array(
      listedImageSchema.extend({
        name: relativePath,
        label: z.int().nonnegative(),
        /** Of the table, from 0; present where it has the bytes of the images. */
        row: z.int().nonnegative().optional(),
      }),
    )
    .min(1),
});
export type LabelledListing = z.infer<typeof schema>;

export function encodeLabelledListing(listing: LabelledListing): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalJson(listing));
}

/** @throws DATASET_UNREADABLE if the bytes are not a listing */
export function decodeLabelledListing(bytes: Uint8Array, name: string): LabelledListing {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw new XaigridError(
      'DATASET_UNREADABLE',
      `${name} is not a listing of images with labels. Use the same version of xaigrid everywhere.`,
      { cause: error },
    );
  }
}

export function labelledImages({ classNames, images }: LabelledListing): LabelledImages {
  return { listing: images, classNames, labels: Int32Array.from(images, ({ label }) => label) };
}
