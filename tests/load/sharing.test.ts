import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPretendCluster, openPretendProcess, type PretendInstallation } from './pretend-installations.js';

const workers = { slots: 4, milliseconds: 100 };

describe.each([
  ['on a cluster', openPretendCluster],
  ['in one process', openPretendProcess],
])('runs %s', (_name, open) => {
  let installation: PretendInstallation;

  beforeEach(async () => {
    installation = await open();
  });
  afterEach(() => installation.close());

  const scoredOf = async (runId: string): Promise<number> => (await installation.store.shards.count(runId)).scored;
  const reach = (runId: string, shards: number): Promise<void> =>
    expect.poll(() => scoredOf(runId), { timeout: 90_000, interval: 50 }).toBeGreaterThanOrEqual(shards);

  it('share the workers: a small one behind a huge one waits for no more than the queue holds', async () => {
    await Promise.all([installation.startExplainers(workers), installation.startScorers(workers)]);
    const huge = await installation.submit({ shards: 20_000, seed: 1 });
    await reach(huge, 100);
    const before = await scoredOf(huge);
    const small = await installation.submit({ shards: 40, seed: 2 });
    await reach(small, 40);
    // On the queue: two seconds of work of four slots, 80. After that both get the same: 40. And as much again to be scored, for a machine
    // that is busy with other things. What is shared out by the order of submission would be 19 900.
    expect((await scoredOf(huge)) - before).toBeLessThan(300);
    await expect.poll(async () => (await installation.store.runs.find(small)).state, { timeout: 10_000 }).toBe('done');
  });

  it('get more of the workers by their priority', async () => {
    await Promise.all([installation.startExplainers(workers), installation.startScorers(workers)]);
    const low = await installation.submit({ shards: 5_000, seed: 1, priority: -1 });
    await reach(low, 20);
    const high = await installation.submit({ shards: 5_000, seed: 2, priority: 2 });
    // What was on the queue before is done by then.
    await reach(high, 100);
    const [lowBefore, highBefore] = [await scoredOf(low), await scoredOf(high)];
    await reach(high, highBefore + 200);
    const [lowPassed, highPassed] = [(await scoredOf(low)) - lowBefore, (await scoredOf(high)) - highBefore];
    // Three steps are a factor of eight; half of that tells it from chance.
    expect(highPassed / lowPassed).toBeGreaterThan(4);
    // The one of low priority goes on all the same.
    expect(lowPassed).toBeGreaterThan(0);
  });

  it('are explained no further than the metrics workers follow', async () => {
    const shards = 1_000;
    await installation.startExplainers({ slots: 8, milliseconds: 1 });
    const run = await installation.submit({ shards, seed: 3 });
    const explained = async (): Promise<number> => (await installation.store.shards.count(run)).explained;
    await expect.poll(explained, { timeout: 30_000 }).toBeGreaterThanOrEqual(64);
    // Two sweeps of the orchestrator: it had its chances to publish more.
    await delay(5_000);
    expect(await explained()).toBe(64);
    await installation.startScorers({ slots: 2, milliseconds: 20 });
    let most = 0;
    while ((await installation.store.runs.find(run)).state === 'running') {
      most = Math.max(most, await explained());
      await delay(50);
    }
    expect((await installation.store.runs.find(run)).state).toBe('done');
    expect(await scoredOf(run)).toBe(shards);
    // Two slots score 100 a second at most: two seconds of that wait for them, and as many are on their way.
    expect(most).toBeLessThan(600);
  });
});
