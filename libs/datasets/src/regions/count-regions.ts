/** What is known of the regions of a data set, sample by sample. */
export interface RegionCounts {
  readonly samples: number;
  /** Samples with a region. */
  regions: number;
  /** Samples of which the source says nothing. */
  unmentioned: number;
  /** Samples whose region is empty. */
  empty: number;
  /** Samples with objects of other classes only. */
  otherClass: number;
  /** Samples with several objects of their class. */
  several: number;
}

export function emptyCounts(samples: number): RegionCounts {
  return { samples, regions: 0, unmentioned: 0, empty: 0, otherClass: 0, several: 0 };
}

/** One sentence without its full stop: `38 of 40 samples have a region, 3 of them of several objects; 2 have none: …`. */
export function describeCounts({ samples, regions, unmentioned, empty, otherClass, several }: RegionCounts): string {
  const without = [
    ...(unmentioned === 0 ? [] : [`${unmentioned} that nothing is said of`]),
    ...(empty === 0 ? [] : [`${empty} with an empty one`]),
    ...(otherClass === 0 ? [] : [`${otherClass} with other classes only`]),
  ];
  const have = `${regions} of ${samples} samples have a region${several === 0 ? '' : `, ${several} of them from several objects`}`;
  return without.length === 0
    ? have
    : `${have}; ${samples - regions} ${samples - regions === 1 ? 'has' : 'have'} none: ${without.join(', ')}`;
}
