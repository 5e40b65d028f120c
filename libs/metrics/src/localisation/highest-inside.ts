import { placesOf } from '../perturbation/places.js';

/** What to do if not all tied values fit into the highest `count`. */
export type TieRule = 'expected' | 'first';

/** How many of the highest values are inside a region. */
export interface HighestInside {
  /**
   * `expected`: the mean over all orders of the tied values. `first`: the tied values that come first in the map count as the
   * highest.
   */
  readonly inside: number;
  /** Whether some values equal to the last of the highest are not among them. */
  readonly tied: boolean;
}

/**
 * Counts how many of the `count` highest values are inside a region.
 * @param region 1 inside, else 0
 * @param count 1 … number of values
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
