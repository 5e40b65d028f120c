import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createStore, startEmbeddedPostgres } from '@xaigrid/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { finish, repository, start, type Finished, type RunningProcess } from '../support/processes.js';

const SAMPLES = 8;

/** Four shards; each takes one thread some seconds, so that a process has some time to finish what it has in hand. */
function slowSpec(seed: number): string {
  return JSON.stringify({
    ...{ name: `slow ${seed}`, seed, limit: { samples: SAMPLES, choose: 'first' }, shardSize: 2 },
    datasets: { textures: { kind: 'texture-patches', split: 'test' } },
    models: { vgg: { path: `${repository}models/texture-patches-vgg/model.json` } },
    evaluations: [
      {
        dataset: 'textures',
        model: 'vgg',
        explainers: [{ method: 'shap-gradient', draws: 2_000, background: { dataset: 'textures', size: 10 } }],
        metrics: [{ metric: 'drop-increase', keepFractions: [0.3] }],
      },
    ],
  });
}

const shownSchema = z.object({
  id: z.string(),
  state: z.string(),
  stopping: z.literal(true).optional(),
  progress: z.object({ explained: z.int(), scored: z.int() }),
});

describe('a run that one process leaves and another goes on with', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-taking-over-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const xaigrid = (...args: string[]): Promise<Finished> => finish('xaigrid', args, { folder });
  const shown = async (): Promise<z.infer<typeof shownSchema>> =>
    shownSchema.parse(JSON.parse((await xaigrid('show', 'latest', '--json')).stdout));

  /** A run that has explained one shard and has more in hand. */
  async function underWay(seed: number): Promise<RunningProcess> {
    await writeFile(join(folder, 'slow.json'), slowSpec(seed));
    const running = start('xaigrid', ['run', 'slow.json', '--threads', '1'], { folder });
    await running.says('kept in');
    while ((await shown()).progress.explained === 0) await delay(100);
    return running;
  }

  it('is said to be stopping while its process finishes what it has in hand, is taken over, and stays with who took it', async () => {
    const first = await underWay(1);
    first.kill('SIGINT');
    await first.says('Finishing the current work');
    const [listed, details] = [await xaigrid('list'), await xaigrid('show', 'latest')];
    expect(first.child.exitCode).toBeNull();
    expect(listed.stdout).toMatch(/ stopping /);
    expect(listed.stderr).toContain('stopping: a process finishes its current work');
    expect(listed.stderr).not.toContain('Continue the interrupted run');
    expect(details.stdout).toMatch(/ stopping /);
    expect(details.stdout).toMatch(/^stopping: a process finishes its current work; continue with: xaigrid resume \w+$/m);
    expect(details.stdout).not.toContain('no process computes it');

    const second = start('xaigrid', ['resume', 'latest', '--threads', '1'], { folder });
    await second.says('taken over from a process that is still finishing its current work on it');
    const left = await first.finished;
    expect(left.status).toBe(130);
    expect(left.stderr).toMatch(
      /This process has stopped\. (Another one continues the run|The run is done: another process finished it)\./,
    );
    expect(left.stderr).not.toContain('Interrupted.');
    const took = await second.finished;
    expect(took.stderr).toContain('Try next:');
    expect(took.status).toBe(0);
    expect(await shown()).toMatchObject({ state: 'done', progress: { explained: SAMPLES, scored: SAMPLES } });
  }, 400_000);

  it('ends at once when Ctrl-C comes again', async () => {
    const running = await underWay(2);
    running.kill('SIGINT');
    await running.says('Finishing the current work');
    running.kill('SIGINT');
    const { status, stderr } = await running.finished;
    expect(status).toBe(130);
    expect(stderr).toMatch(/Interrupted\. Continue with: xaigrid resume \w+/);
    const left = await shown();
    expect(left).toMatchObject({ state: 'interrupted' });
    expect(left.progress.explained).toBeLessThan(SAMPLES);
  }, 300_000);

  it('that ends undone under a process that drives it is said to, with an exit status of its own', async () => {
    const running = await underWay(3);
    const server = await startEmbeddedPostgres({ folder: join(folder, '.local', 'share', 'xaigrid', 'postgres') });
    const store = await createStore({ url: server.url, maxConnections: 2, connectTimeoutMs: 10_000 });
    try {
      const { id } = await shown();
      // The command does not overwrite a run that is driven; an older version did.
      expect(await store.runs.interrupt(id)).toBe(false);
      expect(await store.runs.move(id, ['running'], 'interrupted')).toBe(true);
      const { status, stderr } = await running.finished;
      expect(stderr).toMatch(/The run is interrupted, not done: \d of 8 samples are scored\. Continue with: xaigrid resume \w+/);
      expect(stderr).not.toContain('Try next');
      expect(status).toBe(130);
    } finally {
      await store.close();
      await server.stop();
    }
  }, 300_000);
});
