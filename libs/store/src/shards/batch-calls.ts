import { toXaigridError, type ErrorCode } from '@xaigrid/contracts';

/** Errors of a Postgres that is unreachable or out of space. They are not the fault of any item. */
const outages: readonly ErrorCode[] = ['DATABASE_UNREACHABLE', 'FOLDER_UNWRITABLE'];

export interface BatchOptions<Item> {
  /** The most items in one batch. */
  readonly most: number;
  /** The number of batches in progress at a time. */
  readonly lanes: number;
  /** The weight of an item. A batch takes items until it weighs `heaviest`. Default: no weight. */
  readonly weigh?: (item: Item) => number;
  readonly heaviest?: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Combines many calls into one. Items that arrive while a batch is in progress wait and become the next batch. No item waits for
 * others: if items arrive one at a time, each is sent at once and alone. A second lane opens only for a full batch. So small
 * items share a batch, and heavy ones (the maps of large shards) are stored side by side.
 *
 * One transaction for 100 shards takes a tenth of the time of 100 transactions.
 *
 * @param work returns answers in the order of its items. If it fails for another reason than an outage, the batch is tried in
 * halves, down to single items: an item that cannot be stored fails alone.
 */
export function batchCalls<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  options: BatchOptions<Item>,
): (item: Item) => Promise<Result> {
  const { most, lanes, weigh = () => 0, heaviest = Infinity } = options;
  const waiting: Waiting<Item, Result>[] = [];
  let atWork = 0;
  let turn: NodeJS.Immediate | undefined;

  /** The number of waiting items in the next batch, and whether that batch is full. */
  function nextBatch(): { readonly count: number; readonly full: boolean } {
    let weight = 0;
    let count = 0;
    for (const { item } of waiting) {
      if (count === most || weight >= heaviest) return { count, full: true };
      weight += weigh(item);
      count += 1;
    }
    return { count, full: count === most || weight >= heaviest };
  }

  function start(): void {
    turn = undefined;
    while (waiting.length > 0 && atWork < lanes) {
      const { count, full } = nextBatch();
      if (atWork > 0 && !full) return;
      atWork += 1;
      void run(waiting.splice(0, count)).then(() => {
        atWork -= 1;
        start();
      });
    }
  }

  async function run(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await work(batch.map(({ item }) => item));
      for (const [position, { resolve }] of batch.entries()) resolve(results[position] as Result);
    } catch (error) {
      if (batch.length === 1 || outages.includes(toXaigridError(error).code)) {
        for (const { reject } of batch) reject(error);
        return;
      }
      const half = Math.ceil(batch.length / 2);
      await run(batch.slice(0, half));
      await run(batch.slice(half));
    }
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      // After everything that arrives in this turn of the event loop.
      turn ??= setImmediate(start);
    });
}
