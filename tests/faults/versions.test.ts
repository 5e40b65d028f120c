import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../support/cluster.js';
import { finish, type RunningProcess } from '../support/processes.js';
import { snapshotOf } from '../support/snapshot.js';
import { smallSpec } from '../support/specs.js';
import { undisturbed } from '../support/undisturbed.js';

/** 3 explainers × 16 shards. */
const spec = smallSpec({ samples: 32, shardSize: 2 });
const SHARDS = 48;

/** Refuses many at a time and gives up soon; a refusal takes no engine. */
const impatient = { XAIGRID_THREADS: String(SHARDS), XAIGRID_MAX_ATTEMPTS: '2' };

describe('workers of an older release, whose methods and metrics have earlier versions', () => {
  let folder: string;
  let cluster: Cluster;
  let workers: RunningProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-versions-'));
    await writeFile(join(folder, 'spec.json'), spec);
    cluster = await startCluster({ XAIGRID_RETRY_DELAYS_MS: '500,1000,2000' });
    await cluster.start('xaigrid-orchestrator');
  }, 180_000);
  afterEach(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all(workers.splice(0).map(({ finished }) => finished));
    await cluster.forget();
  });
  afterAll(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function submit(): Promise<string> {
    const run = ['run', join(folder, 'spec.json'), '--detach', '--server', cluster.serverUrl()];
    return (await finish('xaigrid', run)).stdout.trim();
  }

  async function expectWhole(run: string): Promise<void> {
    expect(await cluster.over(run)).toBe('done');
    expect(await snapshotOf(cluster.store, run)).toEqual(await undisturbed(spec));
  }

  it('leave the tasks to those of the right release: none fails, and nothing is computed differently', async () => {
    workers = [
      await cluster.start('older-explainer-worker'),
      await cluster.start('older-metrics-worker'),
      await cluster.start('xaigrid-explainer-worker'),
      await cluster.start('xaigrid-metrics-worker'),
    ];
    await expectWhole(await submit());
  });

  it('refuse all tasks when there is nobody else, and the run says so; resumed with others it is completed', async () => {
    const server = ['--server', cluster.serverUrl()];
    workers = [await cluster.start('older-explainer-worker', impatient)];
    const run = await submit();
    expect((await finish('xaigrid', ['resume', run, ...server])).status).toBe(3);
    expect(await cluster.store.shards.count(run)).toMatchObject({ failed: SHARDS });
    const { stdout } = await finish('xaigrid', ['show', run, ...server]);
    expect(stdout).toMatch(
      /explain, 2 attempts: VERSION_MISMATCH: This worker draws sise maps of version \d; the run needs version \d\. Use the same version of xaigrid everywhere/,
    );
    workers[0]?.kill('SIGTERM');
    workers.push(await cluster.start('xaigrid-explainer-worker'), await cluster.start('xaigrid-metrics-worker'));
    expect((await finish('xaigrid', ['resume', run, '--failed', ...server])).status).toBe(0);
    await expectWhole(run);
  });

  it('refuse to score too', async () => {
    workers = [await cluster.start('xaigrid-explainer-worker'), await cluster.start('older-metrics-worker', impatient)];
    const run = await submit();
    expect(await cluster.over(run)).toBe('done-with-failures');
    expect(await cluster.store.runs.failures(run, 1)).toMatchObject([
      {
        stage: 'score',
        code: 'VERSION_MISMATCH',
        message: expect.stringMatching(/^This worker scores drop-increase of version \d; the run needs version \d\./) as string,
      },
    ]);
  });
});
