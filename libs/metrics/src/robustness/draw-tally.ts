/** The results of random draws, `[settings · n]`: sample i at setting s is at `s · n + i`. */
export interface DrawTally {
  /** @param value the result of a draw; undefined if the draw does not count */
  readonly add: (at: number, value: number | undefined) => void;
  /** The largest value; 0 if no draw counted. */
  readonly largest: Float64Array<ArrayBuffer>;
  /** The mean of the draws that counted; 0 if none did. */
  readonly means: () => Float64Array<ArrayBuffer>;
  /** The share of draws that did not count. */
  readonly leftOut: () => Float64Array<ArrayBuffer>;
  /** 1 if no draw counted, else 0. */
  readonly none: () => Float64Array<ArrayBuffer>;
}

export function createDrawTally(settings: number, samples: number): DrawTally {
  const size = settings * samples;
  const largest = new Float64Array(size);
  const sums = new Float64Array(size);
  const counted = new Int32Array(size);
  const all = new Int32Array(size);
  const quotients = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array<ArrayBuffer> =>
    Float64Array.from({ length: size }, (_, at) => ((b[at] ?? 0) === 0 ? 0 : (a[at] ?? NaN) / (b[at] ?? NaN)));
  return {
    add: (at, value) => {
      all[at] = (all[at] ?? 0) + 1;
      if (value === undefined) return;
      counted[at] = (counted[at] ?? 0) + 1;
      sums[at] = (sums[at] ?? 0) + value;
      largest[at] = Math.max(largest[at] ?? 0, value);
    },
    largest,
    means: () => quotients(sums, counted),
    leftOut: () =>
      quotients(
        all.map((draws, at) => draws - (counted[at] ?? 0)),
        all,
      ),
    none: () => Float64Array.from(counted, (draws) => (draws === 0 ? 1 : 0)),
  };
}
