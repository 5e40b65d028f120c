import { placesOf } from '../perturbation/places.js';

/** What to do where values that tie do not all belong to the highest `count`. */
export type TieRule = 'expected' | 'first';

/** How many of the highest values are inside. */
export interface HighestInside {
  /** `expected`: the mean over all orders of the values that tie; `first`: those that come first in the map. */
  readonly inside: number;
  /** Some of the values that tie with the last one are not among the highest. */
  readonly tied: boolean;
}

/**
 * Of the `count` highest values, how many are inside a region.
 * @param region 1 inside, else 0
 * @param count 1 … values
 */
export function highestInside(
  { values, region }: { readonly values: Float64Array<ArrayBuffer>; readonly region: Float32Array },
  count: number,
  ties: TieRule,
): HighestInside {
  const threshold = values.slice().sort()[values.length - count] ?? NaN;
  let [above, insideAbove, equal, insideEqual] = [0, 0, 0, 0];
  for (const [position, value] of values.entries()) {
    const inside = region[position] ?? 0;
    if (value > threshold) {
      above++;
      insideAbove += inside;
    } else if (value === threshold) {
      equal++;
      insideEqual += inside;
    }
  }
  const tied = above + equal > count;
  if (tied && ties === 'first') {
    const places = placesOf(values);
    return { inside: places.reduce((sum, place, position) => sum + (place < count ? (region[position] ?? 0) : 0), 0), tied };
  }
  return { inside: insideAbove + ((count - above) * insideEqual) / equal, tied };
}
