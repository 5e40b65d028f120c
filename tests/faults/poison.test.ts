import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFaultBench, SHARDS, type FaultBench } from '../support/fault-bench.js';
import { finish, repository } from '../support/processes.js';
import { keepRunning, type Supervised } from '../support/supervised.js';

const MAX_ATTEMPTS = 3;

describe('a shard that kills every worker that takes it', () => {
  let bench: FaultBench;
  let workers: Supervised[] = [];

  beforeAll(async () => {
    bench = await openFaultBench({ XAIGRID_ACK_WAIT_MS: '1000', XAIGRID_MAX_ATTEMPTS: String(MAX_ATTEMPTS) });
    await bench.cluster.start('xaigrid-orchestrator');
  }, 180_000);

  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.end()));
    await bench.close();
  });

  it('is given up after its attempts and recorded; the others finish, and resume --failed completes the run', async () => {
    const { cluster } = bench;
    const server = ['--server', cluster.serverUrl()];
    const run = await bench.submit();
    const shards = await cluster.store.shards.page(run, { states: ['planned'], afterId: -1, limit: SHARDS });
    const [explained, scored] = [shards[30]?.id ?? -1, shards[100]?.id ?? -1];
    const deadly = (shard: number, signal: string): Record<string, string> => ({
      NODE_OPTIONS: `--import ${repository}tests/support/die-on.mjs`,
      XAIGRID_TEST_DIES_ON: `"shardId":${shard},"attempt":`,
      XAIGRID_TEST_SIGNAL: signal,
    });
    workers = [
      keepRunning(cluster, 'xaigrid-explainer-worker', deadly(explained, 'SIGILL')),
      keepRunning(cluster, 'xaigrid-explainer-worker', deadly(explained, 'SIGABRT')),
      keepRunning(cluster, 'xaigrid-metrics-worker', deadly(scored, 'SIGKILL')),
    ];
    const followed = await finish('xaigrid', ['resume', run, ...server]);
    expect(followed.status).toBe(3);
    expect(await cluster.over(run)).toBe('done-with-failures');
    expect(await cluster.store.shards.count(run)).toEqual({ planned: 0, explained: 0, scored: SHARDS - 2, failed: 2 });
    expect(await cluster.store.runs.failures(run, 10)).toMatchObject([
      { shardId: explained, stage: 'explain', attempts: MAX_ATTEMPTS, code: 'INTERRUPTED' },
      { shardId: scored, stage: 'score', attempts: MAX_ATTEMPTS, code: 'INTERRUPTED' },
    ]);
    expect((await finish('xaigrid', ['show', run, ...server])).stdout).toContain('died or lost its lease');

    await Promise.all(workers.splice(0).map((worker) => worker.end()));
    workers = [keepRunning(cluster, 'xaigrid-explainer-worker'), keepRunning(cluster, 'xaigrid-metrics-worker')];
    expect((await finish('xaigrid', ['resume', run, '--failed', ...server])).status).toBe(0);
    await bench.expectWhole(run);
  }, 240_000);
});
