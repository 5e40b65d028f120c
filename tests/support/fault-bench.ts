import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startCluster, type Cluster } from './cluster.js';
import { finish } from './processes.js';
import { snapshotOf, type RunSnapshot } from './snapshot.js';
import { smallSpec } from './specs.js';
import { undisturbed } from './undisturbed.js';

/** 3 explainers × 80 shards, each in two stages: some seconds of work. */
export const benchSpec = smallSpec({ samples: 160, shardSize: 2 });
export const SHARDS = 240;
const MAPS = 480;

/** A cluster, a run of 240 shards, and the results of that run without disturbance. */
export interface FaultBench {
  readonly cluster: Cluster;
  readonly specFile: string;
  /**
   * Stores the run at the orchestrator that was started last.
   * @returns its id
   */
  submit(server?: string): Promise<string>;
  /** Waits until at least this many shards are scored. */
  scored(runId: string, shards: number): Promise<void>;
  /** Waits for the end of the run, and compares everything stored with the undisturbed run. No map may be computed twice. */
  expectWhole(runId: string): Promise<void>;
  close(): Promise<void>;
}

export async function openFaultBench(environment: Readonly<Record<string, string>> = {}): Promise<FaultBench> {
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-faults-'));
  const specFile = join(folder, 'spec.json');
  await writeFile(specFile, benchSpec);
  const expected: RunSnapshot = await undisturbed(benchSpec);
  const cluster = await startCluster(environment);
  return {
    cluster,
    specFile,
    async submit(server = cluster.serverUrl()) {
      const { status, stdout, stderr } = await finish('xaigrid', ['run', specFile, '--detach', '--server', server]);
      expect(status, stderr).toBe(0);
      return stdout.trim();
    },
    scored: (runId, shards) =>
      expect
        .poll(async () => (await cluster.store.shards.count(runId)).scored, { timeout: 60_000, interval: 50 })
        .toBeGreaterThanOrEqual(shards),
    async expectWhole(runId) {
      expect(await cluster.over(runId)).toBe('done');
      expect(await cluster.store.shards.count(runId)).toEqual({ planned: 0, explained: 0, scored: SHARDS, failed: 0 });
      expect(await cluster.store.runs.counters(runId)).toMatchObject({ mapsComputed: MAPS, scoresComputed: 2 * MAPS });
      expect(await snapshotOf(cluster.store, runId)).toEqual(expected);
    },
    async close() {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
