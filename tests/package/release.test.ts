import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../support/processes.js';

/** The release script itself, without the build, which `npm run release` puts before it and `npm test` too. */
const release = (...args: string[]) =>
  spawnSync(process.execPath, [join(repository, 'infra', 'npm', 'release.mjs'), ...args], { encoding: 'utf8' });

describe('a dry run of a release', () => {
  let folder: string;
  let version: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-release-test-'));
    ({ version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as { readonly version: string });
    const before = status();
    const { status: exit, stderr, stdout } = release('--dry-run', '--to', folder);
    expect([exit, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Dry run');
    expect(status()).toBe(before);
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const status = (): string => spawnSync('git', ['status', '--porcelain'], { cwd: repository, encoding: 'utf8' }).stdout;
  const listOf = (program: string, ...args: string[]): string[] =>
    spawnSync(program, args, { cwd: folder, encoding: 'utf8' }).stdout.split('\n');

  it('makes the packages of npm and Python, and their sums are right', async () => {
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(
      [
        ...['SHA256SUMS', `xaigrid-${version}-py3-none-any.whl`, `xaigrid-${version}.cdx.json`],
        ...[`xaigrid-${version}.md`, `xaigrid-${version}.tar.gz`, `xaigrid-${version}.tgz`],
      ].toSorted(),
    );
    const sums = (await readFile(join(folder, 'SHA256SUMS'), 'utf8')).trim().split('\n');
    expect(sums).toHaveLength(names.length - 1);
    for (const line of sums) {
      const [sum, name = ''] = line.split('  ');
      expect(
        createHash('sha256')
          .update(await readFile(join(folder, name)))
          .digest('hex'),
      ).toBe(sum);
    }
    const packed = `npm/xaigrid-${version}.tgz`;
    expect(listOf('python3', '-m', 'zipfile', '-l', `xaigrid-${version}-py3-none-any.whl`).join()).toContain(`xaigrid/${packed}`);
    expect(listOf('tar', '-tzf', `xaigrid-${version}.tar.gz`).join()).toContain(`src/xaigrid/${packed}`);
    expect(listOf('tar', '-tzf', `xaigrid-${version}.tgz`)).toContain('package/bin/xaigrid.js');
  });

  it('lists the libraries of the command, and none that only the workspace has', async () => {
    const bill = JSON.parse(await readFile(join(folder, `xaigrid-${version}.cdx.json`), 'utf8')) as {
      readonly bomFormat: string;
      readonly metadata: { readonly component: { readonly name: string } };
      readonly components: readonly { readonly name: string; readonly version: string }[];
    };
    expect([bill.bomFormat, bill.metadata.component.name]).toEqual(['CycloneDX', 'xaigrid']);
    const names = bill.components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['onnxruntime-node', 'fastify', 'zod', 'sharp', 'pg', 'react']));
    for (const name of ['vitest', 'eslint', 'nx']) expect(names).not.toContain(name);
  });

  it('has what the changelog says of the version', async () => {
    const notes = await readFile(join(folder, `xaigrid-${version}.md`), 'utf8');
    const changelog = await readFile(join(repository, 'CHANGELOG.md'), 'utf8');
    expect(changelog).toContain(`## ${version} (unreleased)\n\n${notes.trim()}`);
    expect(notes).not.toContain('## ');
  });

  it('takes no folder that has something in it, and no option that it does not know', async () => {
    await writeFile(join(folder, 'mine.txt'), 'mine');
    const taken = release('--dry-run', '--to', folder);
    expect([taken.status, taken.stderr]).toEqual([1, `${folder} is not empty. Name another folder with --to.\n`]);
    const unknown = release('--dryrun');
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining("Unknown option '--dryrun'")]);
  });
});
