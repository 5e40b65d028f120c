import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
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

describe.runIf(process.getuid?.() === 0)('a cluster beside a project that its user cannot enter', () => {
  it('goes when the next one comes after the project has gone', async () => {
    const [gone, stays] = [await project(), await project()];
    const [first, second] = [await visit(gone), await visit(stays)];
    // As a server leaves it that was killed.
    await writeFile(join(first, 'data', 'postmaster.pid'), `${2 ** 22 - 1}\n`);
    await rm(gone, { recursive: true });
    await visit(await project());
    expect([existsSync(first), existsSync(second)]).toEqual([false, true]);
  });

  it('stays with a project that was moved', async () => {
    const before = await project();
    const after = `${before}-moved`;
    onTestFinished(() => rm(after, { recursive: true, force: true }));
    const cluster = await visit(before);
    await rename(before, after);
    expect(await visit(after)).toBe(cluster);
    await visit(await project());
    expect(existsSync(cluster)).toBe(true);
  });
});
