import { sampleRandom } from '@xaigrid/tensor';
import type { RunScoreSet } from './run-score-sets.js';

/** Samples that are resampled one by one; more are resampled in so many groups. */
const MOST_GROUPS = 1_000;

/** Tells these random numbers from others of the same seed. */
const STREAM = 0x67726f75;

/** What a bootstrap draws instead of single samples. */
export interface SampleGroups {
  /** How many there are at most. */
  readonly most: number;
  /** The group of a sample. */
  readonly of: (sampleIndex: number) => number;
}

/**
 * Groups to be resampled: each sample alone while there are few, else random groups, of which a mean has the same variance, known
 * to 1/√(2 · 1000) = 2 %. So memory and time do not depend on the number of samples. A sample's group depends on its index alone.
 * @param planned how many samples there are at most
 */
export function createSampleGroups(planned: number): SampleGroups {
  if (planned > MOST_GROUPS)
    return { most: MOST_GROUPS, of: (sampleIndex) => sampleRandom(0, sampleIndex, STREAM).integer(MOST_GROUPS) };
  const groups = new Map<number, number>();
  return {
    most: planned,
    of(sampleIndex) {
      const known = groups.get(sampleIndex);
      if (known !== undefined) return known;
      groups.set(sampleIndex, groups.size);
      return groups.size - 1;
    },
  };
}

/** The sum of the scores in each group, and how many there are. */
export interface GroupSums {
  readonly values: Float64Array<ArrayBuffer>;
  readonly counts: Float64Array<ArrayBuffer>;
}

export function emptySums({ most }: SampleGroups): GroupSums {
  return { values: new Float64Array(most), counts: new Float64Array(most) };
}

/** Adds a score to its group; NaN is none. */
export function addToGroup(sums: GroupSums | undefined, group: number, value: number): void {
  if (sums === undefined || Number.isNaN(value)) return;
  sums.values[group] = (sums.values[group] ?? 0) + value;
  sums.counts[group] = (sums.counts[group] ?? 0) + 1;
}

/** The groups that are chosen. */
export function chosenGroups({ values, counts }: GroupSums, isChosen: (group: number) => boolean): GroupSums {
  const chosen = (_: number, group: number): boolean => isChosen(group);
  return { values: values.filter(chosen), counts: counts.filter(chosen) };
}

/** How many samples some score sets have together, at most. */
export function plannedTogether(sets: readonly Pick<RunScoreSet, 'choice' | 'samples'>[]): number {
  const most = new Map<number, number>();
  for (const { choice, samples } of sets) most.set(choice, Math.max(samples, most.get(choice) ?? 0));
  return [...most.values()].reduce((sum, samples) => sum + samples, 0);
}
