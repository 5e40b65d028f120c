import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunningProcess } from '../support/processes.js';
import { openFaultBench, type FaultBench } from '../support/fault-bench.js';

describe('processes that', () => {
  let bench: FaultBench;
  let running: RunningProcess[] = [];

  beforeAll(async () => {
    bench = await openFaultBench({ XAIGRID_ACK_WAIT_MS: '2000' });
  }, 180_000);

  afterEach(async () => {
    for (const process of running) process.kill('SIGKILL');
    await Promise.all(running.map(({ finished }) => finished));
    running = [];
    await bench.cluster.forget();
  });

  afterAll(() => bench.close());

  async function start(name: 'orchestrator' | 'explainer-worker' | 'metrics-worker'): Promise<RunningProcess> {
    const process = await bench.cluster.start(`xaigrid-${name}`);
    running.push(process);
    return process;
  }

  it('are two orchestrators: one drives, the other answers, and takes over when the first is frozen; revived, it waits', async () => {
    const first = await start('orchestrator');
    await first.says('"msg":"leading"');
    const second = await start('orchestrator');
    await second.says('this one waits');
    // Stored by the one that waits, driven by the one that leads.
    const run = await bench.submit(bench.cluster.serverUrl());
    await Promise.all([start('explainer-worker'), start('explainer-worker'), start('metrics-worker')]);
    await bench.scored(run, 20);
    expect(second.stderr()).not.toContain('leading');
    first.kill('SIGSTOP');
    await second.says('"msg":"leading"');
    first.kill('SIGCONT');
    await first.says('Leadership is lost');
    await bench.expectWhole(run);
    expect(second.stderr()).not.toContain('publishing them again');
  });

  it('are frozen past their lease and revived harm nothing that others did', async () => {
    await start('orchestrator');
    const [explainer, metrics] = await Promise.all([
      ...[start('explainer-worker'), start('metrics-worker')],
      ...[start('explainer-worker'), start('metrics-worker')],
    ]);
    const run = await bench.submit();
    await bench.scored(run, 10);
    for (const process of [explainer, metrics]) process?.kill('SIGSTOP');
    await delay(4_000);
    for (const process of [explainer, metrics]) process?.kill('SIGCONT');
    await bench.expectWhole(run);
  });

  it('are given the same spec twice at once compute no map twice', async () => {
    await start('orchestrator');
    const runs = await Promise.all([bench.submit(), bench.submit()]);
    await Promise.all([start('explainer-worker'), start('explainer-worker'), start('metrics-worker')]);
    for (const run of runs) expect(await bench.cluster.over(run)).toBe('done');
    const counters = await Promise.all(runs.map((run) => bench.cluster.store.runs.counters(run)));
    expect(counters.reduce((sum, { mapsComputed }) => sum + mapsComputed, 0)).toBe(480);
    expect(counters.reduce((sum, { mapsReused }) => sum + mapsReused, 0)).toBe(480);
  });
});
