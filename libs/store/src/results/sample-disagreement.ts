/**
 * How far methods disagree about each sample: the standard deviation (divided by n) of their scores. Scores that are not finite
 * are left out; NaN with fewer than two.
 * @param columns a column a method, with the score of each sample
 */
export function disagreements(samples: number, columns: readonly ArrayLike<number>[]): Float64Array<ArrayBuffer> {
  const counts = new Int32Array(samples);
  const means = new Float64Array(samples);
  const squares = new Float64Array(samples);
  for (const column of columns) {
    for (let at = 0; at < samples; at += 1) {
      const value = column[at] ?? NaN;
      if (!Number.isFinite(value)) continue;
      // Welford: no digits are lost where scores are large and alike.
      const count = (counts[at] ?? 0) + 1;
      const before = value - (means[at] ?? 0);
      const mean = (means[at] ?? 0) + before / count;
      counts[at] = count;
      means[at] = mean;
      squares[at] = (squares[at] ?? 0) + before * (value - mean);
    }
  }
  return squares.map((square, at) => ((counts[at] ?? 0) < 2 ? NaN : Math.sqrt(square / (counts[at] ?? 1))));
}
