/** What places a sample in an order. */
export interface Placed {
  readonly sampleIndex: number;
  /** NaN: without a value, so that it comes last in both directions. */
  readonly value: number;
}

/** Compares as an order does: by value, equal ones by sample. */
function comparePlaces(a: Placed, b: Placed, descending: boolean): number {
  return compare(a.value, a.sampleIndex, b, descending);
}

/** Without an object for the first one: most of a million samples are compared once and forgotten. */
function compare(value: number, sampleIndex: number, other: Placed, descending: boolean): number {
  if (value < other.value) return descending ? 1 : -1;
  if (value > other.value) return descending ? -1 : 1;
  if (value === other.value) return sampleIndex - other.sampleIndex;
  return Number(Number.isNaN(value)) - Number(Number.isNaN(other.value)) || sampleIndex - other.sampleIndex;
}

/** Chooses a page of an order from samples that come in any order. */
export interface SamplePage {
  /** Offers the samples of some whose `passes` is not 0. */
  offer(samples: ArrayLike<number>, values: ArrayLike<number>, passes: Uint8Array): void;
  /** The page in order, how many were offered, and how many of them come before the page. */
  result(): { readonly samples: readonly Placed[]; readonly offered: number; readonly place: number };
}

/**
 * Makes the choice of `limit` samples: the first ones, the first ones after a sample, or the last ones before one. It keeps a few
 * pages' worth of samples only.
 */
export function createSamplePage({
  descending,
  limit,
  after,
  before,
}: {
  readonly descending: boolean;
  readonly limit: number;
  readonly after?: Placed | undefined;
  readonly before?: Placed | undefined;
}): SamplePage {
  // The page before a sample is the first one of the order turned round.
  const turn = before === undefined ? 1 : -1;
  let kept: Placed[] = [];
  let last: Placed | undefined;
  let [offered, ahead, within] = [0, 0, 0];

  function cut(): void {
    kept.sort((a, b) => turn * comparePlaces(a, b, descending));
    kept = kept.slice(0, limit);
    last = kept.length === limit ? kept.at(-1) : undefined;
  }

  function offerOne(sampleIndex: number, value: number): void {
    offered += 1;
    if (before !== undefined) {
      if (compare(value, sampleIndex, before, descending) >= 0) return;
      within += 1;
    } else if (after !== undefined && compare(value, sampleIndex, after, descending) <= 0) {
      ahead += 1;
      return;
    }
    if (last !== undefined && turn * compare(value, sampleIndex, last, descending) >= 0) return;
    kept.push({ sampleIndex, value });
    if (kept.length >= 2 * limit + 100) cut();
  }

  return {
    offer(samples, values, passes) {
      // From the end that has the page if values rise with the samples: otherwise each would be kept for a while.
      const backwards = descending === (turn === 1);
      for (let step = 0; step < samples.length; step += 1) {
        const at = backwards ? samples.length - 1 - step : step;
        if (passes[at] !== 0) offerOne(samples[at] ?? 0, values[at] ?? NaN);
      }
    },
    result() {
      cut();
      const samples = kept.toSorted((a, b) => comparePlaces(a, b, descending));
      return { samples, offered, place: before === undefined ? ahead : within - samples.length };
    },
  };
}
