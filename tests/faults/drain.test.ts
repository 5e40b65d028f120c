import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningProcess } from '../support/processes.js';
import { openFaultBench, SHARDS, type FaultBench } from '../support/fault-bench.js';

describe('processes that', () => {
  let bench: FaultBench;

  // A lease that no busy machine outlasts: a shard begun twice was given back wrongly, not lost to a late heartbeat.
  beforeAll(async () => {
    bench = await openFaultBench({ XAIGRID_ACK_WAIT_MS: '60000' });
  }, 180_000);

  afterAll(() => bench.close());

  const start = (name: 'orchestrator' | 'explainer-worker' | 'metrics-worker'): Promise<RunningProcess> =>
    bench.cluster.start(`xaigrid-${name}`);

  it('are told to end finish what they have: no shard is begun twice, and none waits for a lease', async () => {
    const orchestrators = [await start('orchestrator')];
    const run = await bench.submit();
    for (let round = 0; round < 3; round += 1) {
      const workers = await Promise.all([start('explainer-worker'), start('explainer-worker'), start('metrics-worker')]);
      await bench.scored(run, 20 * (round + 1));
      const next = await start('orchestrator');
      for (const process of [...workers, orchestrators.at(-1)]) process?.kill('SIGTERM');
      for (const { finished } of workers) expect((await finished).status).toBe(0);
      orchestrators.push(next);
    }
    await Promise.all([start('explainer-worker'), start('metrics-worker')]);
    await bench.expectWhole(run);
    const shards = await bench.cluster.store.shards.page(run, { states: ['scored'], afterId: -1, limit: SHARDS });
    expect(shards.filter(({ attempts }) => attempts.explain !== 1 || attempts.score !== 1)).toEqual([]);
  }, 600_000);
});
