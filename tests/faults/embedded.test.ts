import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createStore, startEmbeddedPostgres } from '@xaigrid/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { benchSpec } from '../support/fault-bench.js';
import { finish, repository, start } from '../support/processes.js';
import { seeded } from '../support/seeded.js';
import { snapshotOf, type RunSnapshot } from '../support/snapshot.js';
import { undisturbed } from '../support/undisturbed.js';

/** Maps large enough to fill a small disk: 48 KiB each. */
const largeSpec = JSON.stringify({
  name: 'large',
  limit: 200,
  shardSize: 1,
  datasets: { textures: { kind: 'texture-patches', split: 'test' } },
  models: { vgg: { path: `${repository}models/texture-patches-vgg/model.json` } },
  evaluations: [
    {
      dataset: 'textures',
      model: 'vgg',
      explainers: [{ method: 'gradient' }],
      metrics: [{ metric: 'drop-increase', keepFractions: [0.3] }],
    },
  ],
});

const runSchema = z.object({ id: z.string(), state: z.literal('interrupted') });

/** Root may, unless in a container without that right. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'xaigrid-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0;
  if (mounted) spawnSync('umount', [folder]);
  rmdirSync(folder);
  return mounted;
}

describe('a run in one process', () => {
  let folder: string;
  let expected: RunSnapshot;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-embedded-'));
    // The embedded Postgres runs as another user when we are root.
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'spec.json'), benchSpec);
    expected = await undisturbed(benchSpec);
  }, 180_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function stored(store: string): Promise<RunSnapshot> {
    const server = await startEmbeddedPostgres({ folder: join(store, 'postgres') });
    const opened = await createStore({ url: server.url, maxConnections: 2, connectTimeoutMs: 10_000, applicationName: 'tests' });
    try {
      return await snapshotOf(opened, 'latest');
    } finally {
      await opened.close();
      await server.stop();
    }
  }

  /** Nobody computes it, whatever state it died in; the command to go on is said. */
  async function expectInterrupted(store: string): Promise<void> {
    const { id } = runSchema.parse(JSON.parse((await finish('xaigrid', ['show', 'latest', '--store', store, '--json'])).stdout));
    const listed = await finish('xaigrid', ['list', '--store', store]);
    expect(listed.stdout).toMatch(new RegExp(`^${id} .*interrupted `, 'm'));
    expect(listed.stderr).toContain(`xaigrid resume ${id} --store`);
    const shown = await finish('xaigrid', ['show', 'latest', '--store', store]);
    expect(shown.stdout).toContain(`no process computes it any more; continue with: xaigrid resume ${id} --store`);
  }

  it('is whole after it was killed with -9 and resumed, four times, also with its Postgres killed', async () => {
    const store = join(folder, 'killed');
    const random = seeded(7);
    let command = start('xaigrid', ['run', join(folder, 'spec.json'), '--store', store]);
    for (let kills = 0; kills < 4; kills += 1) {
      await command.says(/maps \d+\//);
      await delay(500 * random());
      command.kill('SIGKILL');
      await command.finished;
      // Every other time the server is not only orphaned but dead as well.
      if (kills % 2 === 1) await killPostgres(store);
      if (kills === 0) await expectInterrupted(store);
      command = start('xaigrid', ['resume', 'latest', '--store', store]);
    }
    const { status, stderr } = await command.finished;
    expect(stderr).toContain('Stored as run');
    expect(status).toBe(0);
    expect(await stored(store)).toEqual(expected);
  }, 180_000);

  it.skipIf(!canMount())(
    'says that the disk is full, and goes on with resume when there is room',
    async () => {
      const disk = join(folder, 'disk');
      await mkdir(disk);
      // A new store takes 47 MB, or 63 with the next file of the log; 200 gradient maps of 64×64×3 (10 MB) and their log do not fit into the rest.
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=67m,mode=755', 'tmpfs', disk]).status).toBe(0);
      try {
        const store = join(disk, 'store');
        await writeFile(join(folder, 'large.json'), largeSpec);
        const full = await finish('xaigrid', ['run', join(folder, 'large.json'), '--store', store]);
        expect(full.stderr).toMatch(/FOLDER_UNWRITABLE: Postgres has no disk space left/);
        expect(full.stderr).toMatch(/continue with: xaigrid resume/);
        expect(full.status).toBe(2);
        expect(spawnSync('mount', ['-o', 'remount,size=400m', disk]).status).toBe(0);
        const resumed = await finish('xaigrid', ['resume', 'latest', '--store', store]);
        expect(resumed.stderr).toContain('Stored as run');
        expect(resumed.status).toBe(0);
        expect(await stored(store)).toEqual(await undisturbed(largeSpec));
      } finally {
        spawnSync('umount', ['-l', disk]);
      }
    },
    180_000,
  );

  async function killPostgres(store: string): Promise<void> {
    const [pid] = (await readFile(join(store, 'postgres', 'cluster', 'data', 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), 'SIGKILL');
  }
});
