import type { ImageSize } from '../images/pillow-resize.js';

/** Tools round; a pixel beyond the edge is no mistake that anybody has to hear of. */
const TOLERANCE = 1;

/** Whether points, x, y, x, y, …, lie in the image, or at most a pixel beside it. */
export function isInImage(points: readonly number[], { height, width }: ImageSize): boolean {
  return points.every((value, at) => value >= -TOLERANCE && value <= (at % 2 === 0 ? width : height) + TOLERANCE);
}
