/** Remembers ids for a while, as a JetStream stream does. It forgets old ids at each question, so it needs no timer. */
export interface Duplicates {
  /** @returns true if the id was seen within the window. Otherwise it is remembered. */
  readonly seen: (id: string) => boolean;
}

/** @param now the milliseconds of a clock that never goes back */
export function createDuplicates({ windowMs, now }: { readonly windowMs: number; readonly now: () => number }): Duplicates {
  // A map keeps its insertion order, so the oldest ids come first.
  const seenAt = new Map<string, number>();
  return {
    seen(id) {
      const time = now();
      for (const [oldest, at] of seenAt) {
        if (time - at < windowMs) break;
        seenAt.delete(oldest);
      }
      if (seenAt.has(id)) return true;
      seenAt.set(id, time);
      return false;
    },
  };
}
