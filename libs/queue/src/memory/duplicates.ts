/** Remembers ids for a while, as a JetStream stream does; forgets when asked something, so that it needs no timer. */
export interface Duplicates {
  /** @returns true when the id was seen within the window; remembers it otherwise. */
  readonly seen: (id: string) => boolean;
}

/** @param now milliseconds of a clock that never goes back */
export function createDuplicates({ windowMs, now }: { readonly windowMs: number; readonly now: () => number }): Duplicates {
  // A map keeps its insertion order: the oldest ids come first.
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
