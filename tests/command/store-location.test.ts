import { cp, mkdir, mkdtemp, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, type Finished } from '../support/processes.js';
import { smallSpec } from '../support/specs.js';

/*
 * Where runs are kept, as a user sees it: a home, a project, folders below it. What the commands say is looked at less than what is on the
 * disk afterwards.
 */
let root: string;
const at = (...names: string[]): string => join(root, ...names);
const own = (): string => at('home/.local/share/xaigrid');

/** What a user has who has named nothing. */
const environment = (): Record<string, string> => ({ HOME: at('home'), XDG_DATA_HOME: '', XDG_CACHE_HOME: '' });
const xaigridIn = (folder: string, ...args: string[]): Promise<Finished> =>
  finish('xaigrid', args, { folder: at(folder), environment: environment() });

async function runIn(folder: string, ...more: string[]): Promise<string> {
  const { status, stdout, stderr } = await xaigridIn(folder, 'run', at('spec.json'), '--json', ...more);
  expect(status, stderr).toBe(0);
  return z.object({ run: z.object({ id: z.string() }) }).parse(JSON.parse(stdout)).run.id;
}

async function listedIn(folder: string, ...more: string[]): Promise<string[]> {
  const { status, stdout, stderr } = await xaigridIn(folder, 'list', '--json', ...more);
  expect(status, stderr).toBe(0);
  return z
    .array(z.object({ id: z.string() }))
    .parse(JSON.parse(stdout))
    .map(({ id }) => id);
}

const everything = async (): Promise<string[]> => (await readdir(root, { recursive: true })).toSorted();

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'xaigrid-store-location-')));
  for (const name of ['home', 'anywhere/below', 'project/deep']) await mkdir(at(name), { recursive: true });
  const spec = z.looseObject({ evaluations: z.array(z.looseObject({})) }).parse(JSON.parse(smallSpec({ samples: 2 })));
  const [evaluation] = spec.evaluations;
  const explainers = [{ method: 'sise' }];
  await writeFile(at('spec.json'), JSON.stringify({ ...spec, evaluations: [{ ...evaluation, explainers }] }));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('before anything is stored', () => {
  it('nothing is made by what only looks, nor by asking what would be computed', async () => {
    const before = await everything();
    const listed = await xaigridIn('anywhere', 'list');
    expect(listed).toMatchObject({ status: 2, stdout: '' });
    expect(listed.stderr).toContain(`STORE_NOT_FOUND: There is no store yet in ${own()} (your own; `);
    const dry = await xaigridIn('anywhere', 'run', at('spec.json'), '--dry-run');
    expect(dry).toMatchObject({ status: 0, stdout: expect.stringContaining('2 maps to compute (0 of 2 stored)') as string });
    expect((await xaigridIn('anywhere', 'doctor')).stdout).toMatch(
      /ok +store +Postgres 1\d\.\d works here\. There is no store yet/,
    );
    expect(await everything()).toEqual(before);
  });

  it('doctor says that no store can be made where a file is in the way', async () => {
    const { status, stdout } = await xaigridIn('anywhere', 'doctor', '--store', at('spec.json', 'store'));
    expect(status).toBe(1);
    expect(stdout).toMatch(/^MISSING +store +FOLDER_UNWRITABLE: .*spec\.json\/store cannot be made: a file/m);
  });
});

describe('what is stored', () => {
  let first: string;

  it('is the user’s own, found from any folder, and closed to others', async () => {
    first = await runIn('anywhere');
    expect(await listedIn('anywhere/below')).toEqual([first]);
    expect(await readdir(at('anywhere'))).toEqual(['below']);
    // Root's Postgres runs as another user, who must get through.
    expect(((await stat(own())).mode & 0o777).toString(8)).toBe(process.geteuid?.() === 0 ? '711' : '700');
  });

  it('is a project’s where it has a store, from each of its folders, and says so', async () => {
    expect((await xaigridIn('project', 'store', 'init')).stderr).toContain(`${at('project/.xaigrid')} is made.`);
    expect(await readdir(at('project/.xaigrid'))).toEqual(['.gitignore']);
    const run = await xaigridIn('project/deep', 'run', at('spec.json'));
    expect(run.stderr).toMatch(
      new RegExp(`^run \\w+ \\(small\\), kept in the embedded Postgres in ${at('project/.xaigrid')}$`, 'm'),
    );
    // Hints need no --store: the same folder finds it again.
    expect(run.stderr).not.toContain('--store');
    expect(await listedIn('project')).toHaveLength(1);
    expect(await listedIn('project')).not.toContain(first);
    expect(await listedIn('anywhere')).toEqual([first]);
    expect(await listedIn('project', '--store', own())).toEqual([first]);
  });

  it('goes where its folder goes, and a copy of it is a whole one', async () => {
    const [run] = await listedIn('project');
    await rename(at('project'), at('moved'));
    expect(await listedIn('moved/deep')).toEqual([run]);
    await cp(at('moved/.xaigrid'), at('copy'), { recursive: true, verbatimSymlinks: true });
    expect(await listedIn('anywhere', '--store', '../copy')).toEqual([run]);
  });
});
