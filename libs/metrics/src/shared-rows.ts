/** One row of numbers: outputs of a perturbed sample, or the map of a changed copy. */
type Row = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/**
 * Rows that the metrics of a run computed for the same samples and maps. A metric that asks for a row that another metric
 * computed gets it from here. A key says everything that a row depends on, apart from the run's seed, method and model.
 */
export interface SharedRows {
  get(key: string): Row | undefined;
  set(key: string, row: Row): void;
}

/** What an entry takes beside its numbers, about: its key, and its places in the table and in memory. */
const ENTRY_BYTES = 256;

/** The memory that a shared row of so many float32 values takes, in bytes. */
export function sharedRowBytes(values: number): number {
  return values * Float32Array.BYTES_PER_ELEMENT + ENTRY_BYTES;
}

/**
 * Rows shared by metrics that are scored one after the other. The oldest are dropped when they take more memory than that.
 * @param mostBytes of all rows together
 */
export function createSharedRows(mostBytes: number): SharedRows {
  const rows = new Map<string, Row>();
  let held = 0;
  return {
    get: (key) => rows.get(key),
    set: (key, row) => {
      if (rows.has(key)) return;
      rows.set(key, row);
      held += row.byteLength + ENTRY_BYTES;
      for (const [oldest, { byteLength }] of rows) {
        if (held <= mostBytes) break;
        rows.delete(oldest);
        held -= byteLength + ENTRY_BYTES;
      }
    },
  };
}

/**
 * The row of each key. Those that no metric computed yet are computed together, each once.
 * @param compute gets places in `keys`, ascending, and gives a row for each, which nobody changes afterwards
 */
export async function sharedRows<One extends Row>(
  { shared }: { readonly shared?: SharedRows | undefined },
  keys: readonly string[],
  compute: (places: Int32Array<ArrayBuffer>) => Promise<readonly One[]>,
): Promise<One[]> {
  if (shared === undefined) return [...(await compute(Int32Array.from(keys.keys())))];
  const found = new Map<string, One>();
  const missing = new Map<string, number>();
  for (const [place, key] of keys.entries()) {
    // A key belongs to one kind of row.
    const row = shared.get(key) as One | undefined;
    if (row !== undefined) found.set(key, row);
    else if (!missing.has(key)) missing.set(key, place);
  }
  if (missing.size > 0) {
    const computed = await compute(Int32Array.from(missing.values()));
    for (const [at, key] of [...missing.keys()].entries()) {
      const row = computed[at];
      if (row === undefined) continue;
      found.set(key, row);
      shared.set(key, row);
    }
  }
  return keys.map((key) => found.get(key)).filter((row) => row !== undefined);
}
