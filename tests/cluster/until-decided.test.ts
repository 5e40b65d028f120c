import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDetailsSchema } from '@xaigrid/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startCluster, type Cluster } from '../support/cluster.js';
import { finish } from '../support/processes.js';
import { decidingSpec } from '../support/specs.js';

let cluster: Cluster;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-test-'));
  await writeFile(join(folder, 'spec.json'), decidingSpec(['sise', 'random', 'ig 50']));
  cluster = await startCluster();
  await cluster.start('xaigrid-orchestrator');
  for (const name of ['xaigrid-explainer-worker', 'xaigrid-metrics-worker'] as const)
    for (let worker = 0; worker < 2; worker++) await cluster.start(name);
}, 180_000);

afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

it('a run until pairs are decided takes the same samples on a cluster as in one process, whatever the shards', async () => {
  const asked = ['run', 'spec.json', '--until-decided', '--within', '0.05', '--json'];
  const found = await Promise.all(
    [
      ['--server', cluster.serverUrl(), '--set', 'shardSize=7'],
      ['--store', 'store'],
    ].map(async (where) => {
      const { status, stdout, stderr } = await finish('xaigrid', [...asked, ...where], { folder });
      expect(status, stderr).toBe(0);
      return z
        .object({
          run: runDetailsSchema,
          table: z.array(z.object({ label: z.string(), samples: z.int(), measures: z.unknown() })),
        })
        .parse(JSON.parse(stdout));
    }),
  );
  const [clustered, single] = found;
  expect(clustered?.run.untilDecided?.pairs).toHaveLength(1);
  // More than one stretch, so that the orchestrator had to give out more.
  expect(clustered?.run.untilDecided?.taken[0]?.samples).toBeGreaterThan(50);
  expect(clustered?.run.untilDecided).toEqual(single?.run.untilDecided);
  expect(clustered?.table).toEqual(single?.table);
}, 300_000);
