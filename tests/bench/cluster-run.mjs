import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startCluster } from '../support/cluster.ts';
import { finish } from '../support/processes.ts';

/** A nats-server, a Postgres and an orchestrator for a benchmark, with a service's own settings. */
export async function openCluster() {
  const cluster = await startCluster({
    XAIGRID_LOG_LEVEL: 'info',
    XAIGRID_ACK_WAIT_MS: '30000',
    XAIGRID_RETRY_DELAYS_MS: '1000',
  });
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-bench-'));
  const orchestrator = await cluster.start('xaigrid-orchestrator');
  let submitted = 0;
  return {
    orchestrator,
    start: cluster.start,
    /** @returns the run's id */
    async submit(spec) {
      const path = join(folder, `${(submitted += 1)}.json`);
      await writeFile(path, JSON.stringify(spec));
      const { status, stdout, stderr } = await finish('xaigrid', ['run', path, '--detach', '--server', cluster.serverUrl()]);
      if (status !== 0) throw new Error(`The run was not taken:\n${stderr}`);
      return stdout.trim();
    },
    /** Seconds until no shard of the run is left in one of the states. */
    async seconds(run, states) {
      const started = performance.now();
      for (;;) {
        const counts = await cluster.store.shards.count(run);
        if (counts.failed > 0)
          throw new Error(`Shards of ${run} failed: ${JSON.stringify(await cluster.store.runs.failures(run, 1))}`);
        if (states.every((state) => counts[state] === 0)) return (performance.now() - started) / 1000;
        await delay(20);
      }
    },
    cancel: (run) => finish('xaigrid', ['cancel', run, '--server', cluster.serverUrl()]),
    async close() {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The most memory that a process has held, in MiB. */
export async function peakMiB({ child }) {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** Ends a worker in order. */
export async function end(worker) {
  worker.kill('SIGTERM');
  await worker.finished;
}
