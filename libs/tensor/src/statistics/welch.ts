import { studentTails } from './student-tail.js';

/** What Welch's test needs of a group of samples. */
export interface MomentsOfGroup {
  readonly count: number;
  readonly mean: number;
  /** The sample variance (n − 1). */
  readonly variance: number;
}

/**
 * The two-sided p-value of Welch's t test (Welch 1947) of two groups of samples having one mean, whatever their variances, as
 * `ttest_ind(equal_var=False)` of SciPy computes it. Groups without any variance: 1 where their means are equal, else 0.
 * @returns NaN for a group of fewer than two samples
 */
export function welchPValue(a: MomentsOfGroup, b: MomentsOfGroup): number {
  if (a.count < 2 || b.count < 2) return NaN;
  const [partA, partB] = [a.variance / a.count, b.variance / b.count];
  const variance = partA + partB;
  if (variance === 0) return a.mean === b.mean ? 1 : 0;
  const freedom = variance ** 2 / (partA ** 2 / (a.count - 1) + partB ** 2 / (b.count - 1));
  return studentTails(Math.abs(a.mean - b.mean) / Math.sqrt(variance), freedom);
}
