/** A line of two texts: in both, only in the first, or only in the second. */
export interface DifferenceLine {
  readonly of: 'both' | 'before' | 'after';
  readonly text: string;
}

/** The most lines of a text that are compared line by line: the table has a cell for each pair. */
const MOST_LINES = 3_000;

/**
 * The lines of two texts by their longest common sequence.
 * @returns undefined for texts that are too long to compare so
 */
export function lineDifference(before: string, after: string): DifferenceLine[] | undefined {
  const [a, b] = [before.split('\n'), after.split('\n')];
  if (a.length > MOST_LINES || b.length > MOST_LINES) return undefined;
  const width = b.length + 1;
  // The length of the longest common sequence of what follows two places.
  const common = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        a[i] === b[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  const lines: DifferenceLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ of: 'both', text: a[i] ?? '' });
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))) {
      lines.push({ of: 'before', text: a[i] ?? '' });
      i += 1;
    } else {
      lines.push({ of: 'after', text: b[j] ?? '' });
      j += 1;
    }
  }
  return lines;
}
