/** The numbers of one column of a part, in the order of its samples. */
export type ColumnValues =
  Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Columns that were read lately, by what identifies them. */
export interface ColumnCache {
  get(key: string): ColumnValues | undefined;
  set(key: string, values: ColumnValues): void;
}

/** Keeps so many bytes at most; what was not used for longest goes first. What is larger than all of it is not kept. */
export function createColumnCache(mostBytes: number): ColumnCache {
  const kept = new Map<string, ColumnValues>();
  let bytes = 0;
  return {
    get(key) {
      const values = kept.get(key);
      if (values === undefined) return undefined;
      kept.delete(key);
      kept.set(key, values);
      return values;
    },
    set(key, values) {
      bytes += values.byteLength - (kept.get(key)?.byteLength ?? 0);
      kept.delete(key);
      kept.set(key, values);
      for (const [oldest, { byteLength }] of kept) {
        if (bytes <= mostBytes) return;
        kept.delete(oldest);
        bytes -= byteLength;
      }
    },
  };
}
