import type { Tensor } from '@xaigrid/tensor';
import { pngBytes } from './drawing/encode-image.js';
import { mapScale, overlayImage, sampleImage, shrunk } from './drawing/sample-image.js';

/** What a thumbnail looks like: raised whenever the same sample and map are drawn in another way. */
export const THUMBNAIL_VERSION = 1;

/** Columns at most: two for each pixel of the narrowest place that lists give them. */
const COLUMNS = 208;

/**
 * A small PNG of an image, or of a map in colour over its image, as the figures of reports draw them.
 * @param image `[height, width, channels]`
 * @param map `[height, width]` or `[height, width, channels]`
 */
export function thumbnail(image: Tensor, map?: Tensor): Uint8Array {
  const under = shrunk(image, COLUMNS);
  if (map === undefined) return pngBytes(sampleImage(under));
  const scale = mapScale(map, { colourMap: 'viridis', signedColourMap: 'red-blue' });
  return pngBytes(overlayImage(under, shrunk(map, COLUMNS), scale));
}
