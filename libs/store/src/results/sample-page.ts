/** What places a sample in an order. */
export interface Placed {
  readonly sampleIndex: number;
  /** NaN: without a value, so that it comes last in both directions. */
  readonly value: number;
}

/** Compares as the order does: by value, equal ones by sample. */
export function placedBefore(descending: boolean): (a: Placed, b: Placed) => number {
  return (a, b) => {
    const [first, second] = [Number.isNaN(a.value), Number.isNaN(b.value)];
    if (first || second) return Number(first) - Number(second) || a.sampleIndex - b.sampleIndex;
    if (a.value === b.value) return a.sampleIndex - b.sampleIndex;
    return a.value < b.value === descending ? 1 : -1;
  };
}

/** Chooses a page of an order from samples that come in any order. */
export interface SamplePage {
  offer(sampleIndex: number, value: number): void;
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
  const compare = placedBefore(descending);
  // The page before a sample is the first one of the order turned round.
  const nearest = before === undefined ? compare : (a: Placed, b: Placed) => compare(b, a);
  let kept: Placed[] = [];
  let last: Placed | undefined;
  let [offered, ahead, within] = [0, 0, 0];

  function cut(): void {
    kept.sort(nearest);
    kept = kept.slice(0, limit);
    last = kept.length === limit ? kept.at(-1) : undefined;
  }

  return {
    offer(sampleIndex, value) {
      offered += 1;
      // Most samples come after what is kept already. To compare them costs no object.
      if (last !== undefined && before === undefined && (descending ? value < last.value : value > last.value)) return;
      const placed = { sampleIndex, value };
      if (after !== undefined && compare(placed, after) <= 0) {
        ahead += 1;
        return;
      }
      if (before !== undefined && compare(placed, before) >= 0) return;
      within += 1;
      if (last !== undefined && nearest(placed, last) >= 0) return;
      kept.push(placed);
      if (kept.length >= 2 * limit + 100) cut();
    },
    result() {
      cut();
      const samples = kept.toSorted(compare);
      return { samples, offered, place: before === undefined ? ahead : within - samples.length };
    },
  };
}
