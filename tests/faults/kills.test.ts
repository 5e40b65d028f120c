import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { freePort } from '../../libs/queue/tests/nats-server.js';
import { startCluster, type Cluster } from '../support/cluster.js';
import { start } from '../support/processes.js';
import { seeded } from '../support/seeded.js';
import { snapshotOf, type RunSnapshot } from '../support/snapshot.js';
import { smallSpec } from '../support/specs.js';
import { keepRunning } from '../support/supervised.js';
import { undisturbed } from '../support/undisturbed.js';

/** 3 explainers × 80 shards, each in two stages. */
const spec = smallSpec({ samples: 160, shardSize: 2 });
const SHARDS = 240;
const KILLS = 50;

describe('a run whose processes are killed', () => {
  let cluster: Cluster;
  let folder: string;
  let expected: RunSnapshot;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-kills-'));
    await writeFile(join(folder, 'spec.json'), spec);
    expected = await undisturbed(spec);
    // Whose worker was killed has had an attempt: no shard shall fail because chance picked it too often.
    cluster = await startCluster({ XAIGRID_ACK_WAIT_MS: '1000', XAIGRID_MAX_ATTEMPTS: String(10 * KILLS) });
  }, 180_000);

  afterAll(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([1])(
    `with -9, ${KILLS} times at random (seed %i), is what nobody disturbed`,
    async (seed) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const supervised = [
        keepRunning(cluster, 'xaigrid-orchestrator', { XAIGRID_PORT: String(port) }),
        keepRunning(cluster, 'xaigrid-explainer-worker'),
        keepRunning(cluster, 'xaigrid-explainer-worker'),
        keepRunning(cluster, 'xaigrid-metrics-worker'),
        keepRunning(cluster, 'xaigrid-metrics-worker'),
      ];
      const random = seeded(seed);
      let kills = 0;
      onTestFailed(() => void process.stderr.write(supervised.map(({ log }) => log()).join('\n')));
      try {
        while (!(await fetch(`${url}/healthz`).catch(() => undefined))?.ok) await delay(100);
        const command = start('xaigrid', ['run', join(folder, 'spec.json'), '--server', url]);
        await command.says('run ');
        while (kills < KILLS && command.child.exitCode === null) {
          await delay(100 + 900 * random());
          const { child } = supervised[Math.floor(random() * supervised.length)]?.current() ?? {};
          if (child?.kill('SIGKILL') === true) kills += 1;
        }
        const { status, stderr } = await command.finished;
        expect(stderr).not.toContain('failed');
        expect(status).toBe(0);
        expect(kills).toBe(KILLS);
        const run = await cluster.store.runs.find('latest');
        expect(await cluster.store.shards.count(run.id)).toEqual({ planned: 0, explained: 0, scored: SHARDS, failed: 0 });
        expect(await snapshotOf(cluster.store, run.id)).toEqual(expected);
      } finally {
        await Promise.all(supervised.map(({ end }) => end()));
      }
    },
    300_000,
  );
});
