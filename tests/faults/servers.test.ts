import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openFaultBench, type FaultBench } from '../support/fault-bench.js';
import type { RunningProcess } from '../support/processes.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

/** Longer than the store waits by itself (15 s): workers must give their tasks back, and the driver must begin anew. */
const OUTAGE_MS = 20_000;

describe('a run whose servers or network fail', () => {
  let bench: FaultBench;
  let postgres: TcpProxy;
  let nats: TcpProxy;
  let running: RunningProcess[] = [];

  beforeAll(async () => {
    bench = await openFaultBench();
    postgres = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(bench.cluster.databaseUrl).port) });
    nats = await startTcpProxy({ host: '127.0.0.1', port: bench.cluster.nats.port });
  }, 180_000);

  afterEach(async () => {
    for (const process of running) process.kill('SIGKILL');
    await Promise.all(running.map(({ finished }) => finished));
    running = [];
    postgres.mend();
    nats.mend();
    await bench.cluster.forget();
  });

  afterAll(async () => {
    await bench.close();
    await postgres.close();
    await nats.close();
  });

  /** Everything reaches Postgres and NATS through the proxies, or only one worker of each kind does. */
  async function startAll(through: 'all' | 'one of each'): Promise<void> {
    const proxied = { DATABASE_URL: postgres.through(bench.cluster.databaseUrl), NATS_URL: nats.through(bench.cluster.nats.url) };
    const others = through === 'all' ? proxied : {};
    running.push(await bench.cluster.start('xaigrid-orchestrator', others));
    running.push(
      ...(await Promise.all([
        bench.cluster.start('xaigrid-explainer-worker', proxied),
        bench.cluster.start('xaigrid-metrics-worker', proxied),
        bench.cluster.start('xaigrid-explainer-worker', others),
        bench.cluster.start('xaigrid-metrics-worker', others),
      ])),
    );
  }

  it('outlives a restart of NATS, and one with its storage wiped', async () => {
    await startAll('all');
    const run = await bench.submit();
    await bench.scored(run, 10);
    await bench.cluster.nats.stop();
    await bench.cluster.nats.start();
    await bench.scored(run, 40);
    await bench.cluster.nats.kill();
    await bench.cluster.nats.wipe();
    await bench.cluster.nats.start();
    await bench.expectWhole(run);
  });

  it('outlives a Postgres that crashes, and one that nobody reaches for a while', async () => {
    await startAll('all');
    const run = await bench.submit();
    await bench.scored(run, 10);
    await bench.cluster.crashPostgres();
    await bench.scored(run, 40);
    postgres.cut();
    await delay(OUTAGE_MS);
    postgres.mend();
    await bench.expectWhole(run);
    expect(running.every(({ child }) => child.exitCode === null)).toBe(true);
  });

  it('outlives slow and cut lines between a worker and its servers', async () => {
    await startAll('one of each');
    postgres.slow(20);
    nats.slow(20);
    const run = await bench.submit();
    await bench.scored(run, 10);
    nats.cut();
    await bench.scored(run, 30);
    nats.mend();
    postgres.cut();
    await bench.scored(run, 50);
    postgres.mend();
    // Longer than the lease of 2 s: what the worker has in hand goes to another.
    nats.stall();
    await delay(4_000);
    nats.mend();
    await bench.expectWhole(run);
  });

  it('is not held up by a worker whose line to Postgres has gone dead without a word', async () => {
    await startAll('one of each');
    const run = await bench.submit();
    await bench.scored(run, 10);
    postgres.stall();
    await bench.expectWhole(run);
  });
});
