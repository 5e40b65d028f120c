/**
 * Yields the results of `make` for 0 … count − 1 in order. At most `limit` of them are in progress or waiting to be taken. After
 * an error or an early end, those in progress are awaited, and their errors are dropped.
 */
export async function* inOrder<Value>(
  count: number,
  limit: number,
  make: (index: number) => Promise<Value>,
): AsyncGenerator<Value, void, undefined> {
  const underWay: Promise<Value>[] = [];
  let next = 0;
  try {
    for (let taken = 0; taken < count; taken++) {
      while (next < count && underWay.length < limit) {
        const made = make(next);
        next += 1;
        made.catch(() => undefined);
        underWay.push(made);
      }
      const first = underWay.shift();
      if (first !== undefined) yield await first;
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
