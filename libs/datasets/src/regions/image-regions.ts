import { contentHash } from '@xaigrid/contracts';
import type { Placement } from '../images/fit.js';
import type { ImageSize } from '../images/pillow-resize.js';
import { drawRegion } from './draw-region.js';
import { decodeRegions, objectsOf } from './region-objects.js';

/** The regions of the images of an opened data set. */
export interface ImageRegionDrawer {
  readonly fingerprint: string;
  /**
   * Draws the region of a sample.
   * @param place.from the size of the image as it is stored
   * @param place.region `[height, width]` of size `to`, initially 0
   */
  draw(
    sample: number,
    place: {
      readonly label: number;
      readonly from: ImageSize;
      readonly to: ImageSize;
      readonly placement: Placement;
      readonly region: Float32Array;
    },
  ): void;
}

/** @param file of `planRegions`, with its content */
export function openImageRegions(
  file: { readonly name: string; readonly sha256: string; readonly content: Uint8Array },
  { of, count }: { readonly of: 'label' | 'any'; readonly count: number },
): ImageRegionDrawer {
  const images = decodeRegions(file.content, file.name, count);
  return {
    fingerprint: contentHash({ of, objects: file.sha256 }),
    draw: (sample, { label, ...place }) => drawRegion({ ...place, objects: objectsOf(images[sample] ?? null, label, of) }),
  };
}
