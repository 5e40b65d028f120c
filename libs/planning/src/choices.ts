import { choiceKey, type SampleChoice, type Spec } from '@xaigrid/contracts';
import { assertCanOrder, chooseSamples, firstStretch } from '@xaigrid/datasets';
import type { PlannedDataset } from './references.js';

/** Which samples of a data set take part: the first ones, unless there is a choice. */
export interface TakenSamples {
  readonly samples: number;
  readonly chosen?: SampleChoice;
  /** The index of the last sample that may take part. */
  readonly last: number;
}

/**
 * Chooses the samples that a spec's `limit` leaves of its data sets, or the first ones that `untilDecided` takes. Each data set is
 * chosen from once.
 */
export function createChoices({ limit, untilDecided }: Pick<Spec, 'limit' | 'untilDecided'>): {
  of(dataset: PlannedDataset): TakenSamples;
  /** The chosen samples, ascending, by key of the choice. */
  readonly made: ReadonlyMap<string, Int32Array<ArrayBuffer>>;
  /** What the user should know, one sentence each. */
  readonly notes: Iterable<string>;
} {
  const known = new Map<PlannedDataset, TakenSamples>();
  const made = new Map<string, Int32Array<ArrayBuffer>>();
  const notes = new Set<string>();

  function choose({ reference: { name, size }, labels }: PlannedDataset): TakenSamples {
    if (untilDecided !== undefined) {
      const { seed, most } = untilDecided;
      assertCanOrder({ name, size });
      const indices = firstStretch({ size, seed, most });
      const sha256 = choiceKey(indices);
      made.set(sha256, indices);
      return { samples: indices.length, chosen: { choose: 'until-decided', seed, sha256 }, last: size - 1 };
    }
    if (limit === undefined || limit.samples >= size) return { samples: size, last: size - 1 };
    const { samples, seed } = limit;
    if (limit.choose === 'first') {
      const [some, all] = [new Set(labels?.subarray(0, samples)).size, new Set(labels).size];
      if (some < all)
        notes.add(
          `Data set "${name}": its first ${samples} samples have ${some} of its ${all} classes; metrics of the model are about these classes only. Set choose: stratified for samples of each class.`,
        );
      return { samples, last: samples - 1 };
    }
    if (limit.choose === 'stratified' && labels === undefined)
      notes.add(
        `Data set "${name}" has sets of labels, which cannot all be kept in proportion. So limit takes ${samples} of its ${size} samples at random, whatever their labels.`,
      );
    const byClass = limit.choose === 'stratified' && labels !== undefined;
    const indices = chooseSamples({ size, samples, seed, ...(byClass ? { labels } : {}) });
    const sha256 = choiceKey(indices);
    made.set(sha256, indices);
    return { samples, chosen: { choose: byClass ? 'stratified' : 'random', seed, sha256 }, last: indices.at(-1) ?? 0 };
  }

  return {
    made,
    notes,
    of(dataset) {
      const taken = known.get(dataset) ?? choose(dataset);
      known.set(dataset, taken);
      return taken;
    },
  };
}
