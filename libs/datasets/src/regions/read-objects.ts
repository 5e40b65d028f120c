import type { ObjectsOfImage } from './region-objects.js';

/** What a source of regions says of the images of a data set. */
export interface ReadObjects {
  /** In the order of the samples. */
  readonly images: readonly ObjectsOfImage[];
  /** The number of files or entries that belong to no image of the data set. */
  readonly unused: number;
  /** What those are: `masks`. */
  readonly unusedAre: string;
  /** Names of classes that no class of the data set has. */
  readonly strange: readonly string[];
  /** What was left out by an option, as `3 crowds`. */
  readonly leftOut?: string;
}
