import { toXaigridError, type ErrorCode } from '@xaigrid/contracts';

/** What Postgres says while it is away or has no room: no fault of any item. */
const outages: readonly ErrorCode[] = ['DATABASE_UNREACHABLE', 'FOLDER_UNWRITABLE'];

export interface BatchOptions<Item> {
  /** Items in one batch, at most. */
  readonly most: number;
  /** Batches at work at a time. */
  readonly lanes: number;
  /** What an item weighs; a batch takes items until it weighs `heaviest`. Default: nothing. */
  readonly weigh?: (item: Item) => number;
  readonly heaviest?: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one call of many: items that come while a batch is at work wait and are the next batch. Nobody waits for company: where
 * one item comes at a time, each goes at once and alone. A second lane opens only for a full batch, so that small items
 * share a batch and heavy ones (the maps of large shards) are stored side by side.
 *
 * One transaction for 100 shards takes a tenth of what 100 transactions take.
 *
 * @param work answers in the order of its items. When it fails for another reason than an outage, the batch is tried in halves, down to
 * single items: one that cannot be stored fails alone.
 */
export function batchCalls<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  options: BatchOptions<Item>,
): (item: Item) => Promise<Result> {
  const { most, lanes, weigh = () => 0, heaviest = Infinity } = options;
  const waiting: Waiting<Item, Result>[] = [];
  let atWork = 0;
  let turn: NodeJS.Immediate | undefined;

  /** How many of the items that wait make the next batch, and whether it is full. */
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
      // After all that comes in this turn of the event loop.
      turn ??= setImmediate(start);
    });
}
