import type { RunProgress } from '@xaigrid/contracts';
import { expect, it, vi } from 'vitest';
import { createStoreMetrics } from '../src/http/store-metrics.js';

type StoreParts = Parameters<typeof createStoreMetrics>[0];

/** A store that only knows which runs are under way, and their open and computed work of 100. */
function storeOf(runs: Map<string, { readonly open: number; readonly computed: number }>): StoreParts {
  const list = (): Promise<unknown> => Promise.resolve([...runs.keys()].map((id) => ({ id })));
  const progressOf = (ids: readonly string[]): Promise<ReadonlyMap<string, RunProgress>> =>
    Promise.resolve(
      new Map(
        ids.map((id) => [
          id,
          { samples: 1, explained: 0, scored: 0, failed: 0, work: { total: 100, open: 0, computed: 0, ...runs.get(id) } },
        ]),
      ),
    );
  return { runs: { list, progressOf }, shards: {} } as unknown as StoreParts;
}

it('adds up what runs compute, and never falls when one ends', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const runs = new Map([['a', { open: 60, computed: 40 }]]);
    const { work } = createStoreMetrics(storeOf(runs));
    const looks = [await work()];
    const look = async (change: () => void): Promise<void> => {
      change();
      vi.advanceTimersByTime(60_000);
      looks.push(await work());
    };
    await look(() => runs.set('a', { open: 35, computed: 65 }));
    await look(() => runs.set('b', { open: 100, computed: 0 }));
    await look(() => {
      runs.delete('a');
      runs.set('b', { open: 50, computed: 20 });
    });
    await look(() => runs.delete('b'));
    expect(looks).toEqual([
      { total: 100, open: 60, computed: 0 },
      { total: 100, open: 35, computed: 25 },
      { total: 200, open: 135, computed: 25 },
      { total: 100, open: 50, computed: 45 },
      { total: 0, open: 0, computed: 45 },
    ]);
  } finally {
    vi.useRealTimers();
  }
});
