import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../src/program.js';
import { createTerminal, type Terminal } from '../src/terminal.js';

/** They make a store, or say without one what they know: tests/command has them. */
const others = new Set(['run', 'demo', 'store', 'doctor', 'environment']);
const changes = { edit: ['--tag', 'seen'], remove: ['--yes'], map: ['--sample', '0'] } as const;

const readers = createProgram(createTerminal())
  .commands.filter(({ options }) => options.some(({ long }) => long === '--store'))
  .map((command) => command.name())
  .filter((name) => !others.has(name));

/** The command as one would type it. */
function wordsOf(command: Command): string[] {
  const name = command.name();
  const values = command.registeredArguments.map((argument) => (argument.name() === 'folder' ? 'out' : 'latest'));
  return [name, ...values, ...(Object.entries(changes).find(([key]) => key === name)?.[1] ?? [])];
}

describe('without a store', () => {
  let folder: string;
  const before = { folder: process.cwd(), home: process.env.XDG_DATA_HOME, database: process.env.DATABASE_URL };
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'xaigrid-readers-')));
    await mkdir(join(folder, 'work'));
    process.chdir(join(folder, 'work'));
    process.env.XDG_DATA_HOME = join(folder, 'data');
    delete process.env.DATABASE_URL;
  });
  afterAll(async () => {
    process.chdir(before.folder);
    for (const [name, value] of [
      ['XDG_DATA_HOME', before.home],
      ['DATABASE_URL', before.database],
    ] as const) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await rm(folder, { recursive: true, force: true });
  });

  it('there are commands to look at', () =>
    expect(readers).toEqual(expect.arrayContaining(['list', 'show', 'table', 'scores', 'gc'])));

  it.each(readers)('%s says where it looked and makes nothing', async (name) => {
    const program = createProgram(createTerminal());
    const command = program.commands.find((one) => one.name() === name);
    if (command === undefined) throw new Error(`There is no command ${name}.`);
    await expect(program.parseAsync(wordsOf(command), { from: 'user' })).rejects.toMatchObject({
      code: 'STORE_NOT_FOUND',
      exitStatus: 2,
      message: expect.stringMatching(/no store yet in .*data\/xaigrid .*"xaigrid init" .*"xaigrid run"/) as string,
    });
    expect(await readdir(folder, { recursive: true })).toEqual(['work']);
  });

  /** What a command prints, stdout and stderr apart. */
  async function printed(...words: string[]): Promise<{ readonly data: string; readonly notes: string }> {
    let [data, notes] = ['', ''];
    const terminal: Terminal = {
      ...createTerminal(),
      data: (text) => void (data += text),
      note: (text) => void (notes += `${text}\n`),
    };
    await createProgram(terminal).parseAsync(words, { from: 'user' });
    return { data, notes };
  }

  it('`store where` and `environment` say where it would be, and make nothing', async () => {
    const own = join(folder, 'data/xaigrid');
    const why = 'your own, by XDG_DATA_HOME; neither this folder nor one above it has a .xaigrid';
    expect(await printed('store', 'where')).toEqual({ data: `${own}\n`, notes: `${why}; nothing is stored there yet\n` });
    const json: unknown = JSON.parse((await printed('store', 'where', '--store', 'mine', '--json')).data);
    expect(json).toEqual({ folder: join(folder, 'work/mine'), why: 'given by --store', state: 'absent', bytes: 0 });
    expect((await printed('environment')).data).toContain(`Runs are kept in ${own} (${why}).\n`);
    expect(await readdir(folder, { recursive: true })).toEqual(['work']);
  });

  it.each([
    ['under /proc', '/proc/nope', /\/proc\/nope/],
    ['below a file', '../file/store', /a file of that name is in the way/],
    ['of a name too long', 'x'.repeat(300), /is too long/],
  ])('a store %s is refused', async (_case, store, sentence) => {
    await writeFile(join(folder, 'file'), '');
    try {
      await expect(printed('store', '--store', store)).rejects.toMatchObject({
        code: 'FOLDER_UNWRITABLE',
        exitStatus: 2,
        message: expect.stringMatching(sentence) as string,
      });
    } finally {
      await rm(join(folder, 'file'));
    }
  });

  it('a server and a store at once are refused; what is typed goes before what the environment says', async () => {
    const both = ['list', '--server', 'http://127.0.0.1:9', '--store', 'mine'];
    await expect(printed(...both)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('two places') as string,
    });
    const usual = {
      XAIGRID_SERVER: 'http://127.0.0.1:9',
      DATABASE_URL: 'postgresql://127.0.0.1:9/xaigrid',
      XAIGRID_STORE: 'theirs',
    };
    Object.assign(process.env, usual);
    try {
      const mine = { code: 'STORE_NOT_FOUND', message: expect.stringContaining('work/mine (given by --store)') as string };
      await expect(printed('list', '--store', 'mine')).rejects.toMatchObject(mine);
      await expect(printed('list')).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
      delete process.env.XAIGRID_SERVER;
      await expect(printed('list')).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
      delete process.env.DATABASE_URL;
      await expect(printed('list')).rejects.toMatchObject({
        message: expect.stringContaining('given by XAIGRID_STORE') as string,
      });
    } finally {
      for (const name of Object.keys(usual)) Reflect.deleteProperty(process.env, name);
    }
  });
});
