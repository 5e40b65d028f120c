import type { ShardState } from '@xaigrid/contracts';
import type { Store } from '@xaigrid/store';
import type { MetricsSource } from './metrics-source.js';

/** Far more runs than are ever active at once. */
const MOST_RUNS = 1_000;

/** Prometheus asks every few seconds, and there may be several. The store is asked at most once per this time. */
const KEEP_MS = 10_000;

/** Counts runs, and the shards of active runs, in the store. */
export function createStoreMetrics(store: Pick<Store, 'runs' | 'shards'>): Pick<MetricsSource, 'runs' | 'shards' | 'work'> {
  return {
    runs: keepFor(KEEP_MS, () => store.runs.countByState()),
    shards: keepFor(KEEP_MS, () => countShards(store)),
    work: keepFor(KEEP_MS, createWorkCount(store)),
  };
}

/**
 * Adds up what active runs computed between two checks, so that the sum never falls when a run ends. What a run computed before
 * its first check is not counted, because a restarted process would count it again.
 */
function createWorkCount({ runs }: Pick<Store, 'runs'>): MetricsSource['work'] {
  let before = new Map<string, number>();
  let computed = 0;
  return async () => {
    const running = await runs.list({ limit: MOST_RUNS, states: ['running'] });
    const progress = await runs.progressOf(running.map(({ id }) => id));
    const now = new Map<string, number>();
    let [total, open] = [0, 0];
    for (const [id, { work }] of progress) {
      if (work === undefined) continue;
      total += work.total;
      open += work.open;
      computed += Math.max(0, work.computed - (before.get(id) ?? work.computed));
      now.set(id, work.computed);
    }
    before = now;
    return { total, open, computed };
  };
}

async function countShards({ runs, shards }: Pick<Store, 'runs' | 'shards'>): Promise<Record<ShardState, number>> {
  const total = { planned: 0, explained: 0, scored: 0, failed: 0 };
  for (const { id } of await runs.list({ limit: MOST_RUNS, states: ['running'] })) {
    const counts = await shards.count(id);
    total.planned += counts.planned;
    total.explained += counts.explained;
    total.scored += counts.scored;
    total.failed += counts.failed;
  }
  return total;
}

/** Remembers an answer for a while, but not a failure. */
function keepFor<Value>(milliseconds: number, ask: () => Promise<Value>): () => Promise<Value> {
  let known: { readonly until: number; readonly value: Promise<Value> } | undefined;
  return () => {
    if (known !== undefined && performance.now() < known.until) return known.value;
    const value = ask();
    known = { until: performance.now() + milliseconds, value };
    value.catch(() => (known = undefined));
    return value;
  };
}
