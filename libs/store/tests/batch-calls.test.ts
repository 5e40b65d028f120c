import { setTimeout as delay } from 'node:timers/promises';
import { XaigridError } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { batchCalls } from '../src/shards/batch-calls.js';

/** A store that notes its batches and takes its time. */
function recorder(fails: (item: number) => Error | undefined = () => undefined) {
  const batches: number[][] = [];
  let atWork = 0;
  let most = 0;
  const work = async (items: readonly number[]): Promise<number[]> => {
    batches.push([...items]);
    most = Math.max(most, (atWork += 1));
    await delay(5);
    atWork -= 1;
    const error = items.map(fails).find((found) => found !== undefined);
    if (error !== undefined) throw error;
    return items.map((item) => item * 10);
  };
  return { batches, work, most: () => most };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('batched calls', () => {
  it('go together when they come together, each with its own answer', async () => {
    const { batches, work } = recorder();
    const call = batchCalls(work, { most: 100, lanes: 1 });
    expect(await Promise.all(numbers(5).map(call))).toEqual([0, 10, 20, 30, 40]);
    expect(batches).toEqual([[0, 1, 2, 3, 4]]);
  });

  it('wait while a batch is at work, and are the next one', async () => {
    const { batches, work } = recorder();
    const call = batchCalls(work, { most: 100, lanes: 4 });
    const first = call(0);
    await delay(1);
    await Promise.all([first, ...[1, 2, 3].map(call)]);
    expect(batches).toEqual([[0], [1, 2, 3]]);
  });

  it('fill other lanes only with full batches, by number or by weight', async () => {
    const byNumber = recorder();
    await Promise.all(numbers(10).map(batchCalls(byNumber.work, { most: 4, lanes: 3 })));
    expect(byNumber.batches.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(byNumber.most()).toBe(2);
    const byWeight = recorder();
    await Promise.all(numbers(10).map(batchCalls(byWeight.work, { most: 100, lanes: 2, weigh: (item) => item, heaviest: 9 })));
    expect(byWeight.batches).toEqual([[0, 1, 2, 3, 4], [5, 6], [7, 8], [9]]);
    expect(byWeight.most()).toBe(2);
  });

  it('fail alone when they cannot be stored, and do not take others with them', async () => {
    const { work } = recorder((item) => (item === 3 ? new XaigridError('SHAPE_MISMATCH', 'three') : undefined));
    const call = batchCalls(work, { most: 100, lanes: 1 });
    const results = await Promise.allSettled(numbers(8).map(call));
    expect(results.map(({ status }) => status)).toEqual(numbers(8).map((item) => (item === 3 ? 'rejected' : 'fulfilled')));
    expect(results[3]).toMatchObject({ reason: { code: 'SHAPE_MISMATCH' } });
  });

  it('fail together, and are tried once, when the store is away', async () => {
    const { batches, work } = recorder(() => new XaigridError('DATABASE_UNREACHABLE', 'away'));
    const results = await Promise.allSettled(numbers(8).map(batchCalls(work, { most: 100, lanes: 1 })));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(batches).toHaveLength(1);
  });
});
