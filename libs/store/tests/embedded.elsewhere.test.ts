import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, realpath, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbeddedPostgres } from '../src/index.js';

/** A project as `mkdtemp` makes it: nobody but us gets in, so neither does the user that a root process runs Postgres as. */
async function project(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-elsewhere-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a project's Postgres and stops it. @returns where its cluster is */
async function visit(folder: string): Promise<string> {
  const server = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
  await server.stop();
  return realpath(join(folder, 'postgres', 'cluster'));
}

/** As if nobody had used a cluster for an hour. */
async function age(cluster: string): Promise<void> {
  const then = Date.now() / 1000 - 3600;
  for (const folder of [cluster, join(cluster, 'data')]) await utimes(folder, then, then);
}

describe.runIf(process.getuid?.() === 0)('a cluster beside a project that its user cannot enter', () => {
  it('goes when the next one comes long after the project has gone', async () => {
    const [gone, stays, onlyNow] = [await project(), await project(), await project()];
    const clusters = [await visit(gone), await visit(stays), await visit(onlyNow)] as const;
    // As a server leaves it that was killed.
    await writeFile(join(clusters[0], 'data', 'postmaster.pid'), `${2 ** 22 - 1}\n`);
    await age(clusters[0]);
    await age(clusters[1]);
    for (const folder of [gone, onlyNow]) await rm(folder, { recursive: true });
    await visit(await project());
    expect(clusters.map((cluster) => existsSync(cluster))).toEqual([false, true, true]);
  });

  it('stays with a project that was moved', async () => {
    const before = await project();
    const after = `${before}-moved`;
    onTestFinished(() => rm(after, { recursive: true, force: true }));
    const cluster = await visit(before);
    await rename(before, after);
    // Also if nobody has opened it since.
    await age(cluster);
    await visit(await project());
    expect(await visit(after)).toBe(cluster);
    await age(cluster);
    await visit(await project());
    expect(existsSync(cluster)).toBe(true);
  });

  it('stays with a copy of the project when the first one goes', async () => {
    const first = await project();
    const copy = `${first}-copy`;
    onTestFinished(() => rm(copy, { recursive: true, force: true }));
    const cluster = await visit(first);
    await cp(first, copy, { recursive: true, verbatimSymlinks: true });
    expect(await visit(copy)).toBe(cluster);
    await rm(first, { recursive: true });
    const moved = `${first}-moved`;
    onTestFinished(() => rm(moved, { recursive: true, force: true }));
    await rename(copy, moved);
    await age(cluster);
    await visit(await project());
    expect(existsSync(cluster)).toBe(true);
    expect(await readdir(join(moved, 'postgres'))).toContain('cluster.mark');
  });
});
