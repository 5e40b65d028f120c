import type { SampleRandom } from '@xaigrid/tensor';

/**
 * The rank of each unit by descending score: 0 for the highest. A unit is what is removed together: a value, a position with all
 * its channels, a patch, or a segment.
 *
 * @param scores one per unit, finite; negate them for ascending order
 * @param random orders tied units; without it they keep their order
 */
export function placesOf(
  scores: Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  random?: SampleRandom,
): Int32Array<ArrayBuffer> {
  // Numbers are sorted natively, and units find their places among them: a fifth of the time of sorting units by their scores.
  const ascending = scores.toSorted();
  const { length } = scores;
  const equalSoFar = new Int32Array(length);
  const places = new Int32Array(length);
  const order = new Int32Array(length);
  for (let unit = 0; unit < length; unit++) {
    const above = countAbove(ascending, scores[unit] ?? NaN);
    const place = above + (equalSoFar[above] ?? 0);
    equalSoFar[above] = (equalSoFar[above] ?? 0) + 1;
    order[place] = unit;
    places[unit] = place;
  }
  if (random === undefined) return places;
  shuffleTies(order, scores, random);
  for (const [place, unit] of order.entries()) places[unit] = place;
  return places;
}

/** How many of the numbers are larger. */
function countAbove(ascending: Float64Array | Float32Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? NaN) > value) high = middle;
    else low = middle + 1;
  }
  return ascending.length - low;
}

/** The counts that split tied units: which of these are among the highest `count` depends on their order. */
export function partedCounts(
  scores: Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  counts: readonly number[],
): ReadonlySet<number> {
  const ascending = scores.toSorted();
  const from = (place: number) => ascending[ascending.length - 1 - place];
  return new Set(counts.filter((count) => count > 0 && count < scores.length && from(count - 1) === from(count)));
}

/** Puts each run of equal scores into random order (Fisher and Yates). */
function shuffleTies(order: Int32Array, scores: Float64Array | Float32Array, random: SampleRandom): void {
  const scoreAt = (place: number) => scores[order[place] ?? -1];
  let from = 0;
  while (from < order.length) {
    let to = from + 1;
    while (to < order.length && scoreAt(to) === scoreAt(from)) to++;
    for (let place = to - 1; place > from; place--) {
      const other = from + random.integer(place - from + 1);
      [order[place], order[other]] = [order[other] ?? 0, order[place] ?? 0];
    }
    from = to;
  }
}
