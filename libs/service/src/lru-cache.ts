/**
 * Keeps the most recently used values that are costly to make and must be closed. Concurrent requests for one key make it once.
 */
export interface LruCache<Value> {
  get(key: string, make: () => Promise<Value>): Promise<Value>;
  /** Closes the value under this key and removes it. */
  forget(key: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes a cache. A value must not be in use when it is evicted: callers with concurrent users need a capacity above their number.
 * @param capacity the most values kept; beyond it, the least recently used one is closed.
 */
export function createLruCache<Value>(capacity: number, closeValue: (value: Value) => Promise<void>): LruCache<Value> {
  const values = new Map<string, Promise<Value>>();

  async function evict(key: string): Promise<void> {
    const value = values.get(key);
    values.delete(key);
    if (value === undefined) return;
    const made = await value.then(
      (ready) => ({ ready }),
      () => undefined,
    );
    if (made !== undefined) await closeValue(made.ready);
  }

  return {
    async get(key, make) {
      const known = values.get(key);
      if (known !== undefined) {
        values.delete(key);
        values.set(key, known);
        return known;
      }
      const oldest = values.size >= capacity ? values.keys().next().value : undefined;
      const value = (oldest === undefined ? Promise.resolve() : evict(oldest)).then(make);
      values.set(key, value);
      value.catch(() => {
        if (values.get(key) === value) values.delete(key);
      });
      return value;
    },
    forget: evict,
    async close() {
      await Promise.all([...values.keys()].map(evict));
    },
  };
}
