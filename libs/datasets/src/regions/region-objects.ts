import { canonicalJson, XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';

/** The class of an object that no class of the data set is. */
export const OTHER_CLASS = -1;

/** Absent: the object has no class, and counts as one of the sample's label. */
const label = z.int().min(OTHER_CLASS).optional();

/**
 * An object in an image, in pixels of the image as it is stored: x to the right, y down; the first pixel reaches from 0 to 1.
 */
const regionObjectSchema = z.union([
  /** Left, top, right, bottom. */
  z.strictObject({ label, box: z.tuple([z.number(), z.number(), z.number(), z.number()]) }),
  /** Each x, y, x, y, …; a point is inside if it is inside one of them (even-odd rule). */
  z.strictObject({ label, polygons: z.array(z.array(z.number()).min(6)).min(1) }),
  /** Lengths of runs in rows, `[height, width]`: outside, inside, outside, … */
  z.strictObject({ label, runs: z.array(z.int().nonnegative()) }),
]);
export type RegionObject = z.infer<typeof regionObjectSchema>;

/** The objects of one image; null if its source says nothing of it. */
export type ObjectsOfImage = readonly RegionObject[] | null;

const contentSchema = z.strictObject({ format: z.literal(1), images: z.array(z.array(regionObjectSchema).nullable()) });

/**
 * The objects of all images, in the order of the samples. All sources become this one file, which travels to workers. So the same
 * regions have the same hash, whatever they come from.
 */
export function encodeRegions(images: readonly ObjectsOfImage[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalJson({ format: 1, images }));
}

/** @throws DATASET_UNREADABLE if the bytes are not regions of so many images */
export function decodeRegions(bytes: Uint8Array, name: string, count: number): readonly ObjectsOfImage[] {
  try {
    const { images } = contentSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    if (images.length === count) return images;
  } catch (error) {
    throw notRegions(name, error);
  }
  throw notRegions(name);
}

function notRegions(name: string, cause?: unknown): XaigridError {
  return new XaigridError(
    'DATASET_UNREADABLE',
    `${name} does not have the regions. Use the same version of xaigrid everywhere.`,
    {
      cause,
    },
  );
}

/** The objects that form the region of a sample. */
export function objectsOf(objects: ObjectsOfImage, sampleLabel: number, of: 'label' | 'any'): readonly RegionObject[] {
  return (objects ?? []).filter(({ label: own }) => of === 'any' || own === undefined || own === sampleLabel);
}

/** The lengths of runs of a mask: outside, inside, outside, … */
export function runsOf(mask: Iterable<number>, isInside: (value: number) => boolean): number[] {
  const runs: number[] = [];
  let [inside, length] = [false, 0];
  for (const value of mask) {
    if (isInside(value) !== inside) {
      runs.push(length);
      [inside, length] = [!inside, 0];
    }
    length++;
  }
  return [...runs, length];
}
