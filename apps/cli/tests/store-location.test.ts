import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findStore, type Caller } from '../src/store-location.js';

/** `outer/.xaigrid`, `outer/inner/.xaigrid`, `outer/inner/deep`, `bare`, `blocked/.xaigrid` as a file, `linked/.xaigrid` → `elsewhere`. */
let root: string;
const at = (...names: string[]): string => join(root, ...names);
const me = process.geteuid?.() ?? 0;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'xaigrid-place-')));
  for (const names of [
    ['outer/.xaigrid'],
    ['outer/inner/.xaigrid'],
    ['outer/inner/deep'],
    ['outer/other'],
    ['bare'],
    ['elsewhere'],
  ])
    await mkdir(at(...names), { recursive: true });
  for (const name of ['blocked', 'linked']) await mkdir(at(name));
  await writeFile(at('blocked/.xaigrid'), '');
  await symlink(at('elsewhere'), at('linked/.xaigrid'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function caller(folder: string, environment: Record<string, string> = {}, userId: number | undefined = me): Caller {
  return { folder: () => at(folder), environment, userId, platform: 'linux', home: () => '/home/ada' };
}

describe('the store that is meant', () => {
  const everything = { XAIGRID_STORE: '/usual', XDG_DATA_HOME: '/data' };

  it('is that of --store, else of XAIGRID_STORE, else the project’s, else the user’s own', async () => {
    expect(await findStore('/named', caller('outer', everything))).toEqual({ folder: '/named', why: 'given by --store' });
    expect(await findStore(undefined, caller('outer', everything))).toEqual({ folder: '/usual', why: 'given by XAIGRID_STORE' });
    const { XDG_DATA_HOME } = everything;
    expect(await findStore(undefined, caller('outer', { XAIGRID_STORE: '', XDG_DATA_HOME }))).toEqual({
      folder: at('outer/.xaigrid'),
      why: `of the project in ${at('outer')}`,
    });
    expect(await findStore(undefined, caller('bare', { XDG_DATA_HOME }))).toEqual({
      folder: '/data/xaigrid',
      why: 'your own, by XDG_DATA_HOME; neither this folder nor one above it has a .xaigrid',
    });
    expect((await findStore(undefined, caller('bare'))).folder).toBe('/home/ada/.local/share/xaigrid');
    expect(await findStore(undefined, caller('bare', { XDG_DATA_HOME: 'data' }))).toEqual({
      folder: '/home/ada/.local/share/xaigrid',
      why: 'your own (XDG_DATA_HOME is ignored because it is not an absolute path); neither this folder nor one above it has a .xaigrid',
    });
  });

  it.each([
    ['outer', 'outer/.xaigrid'],
    ['outer/other', 'outer/.xaigrid'],
    ['outer/inner', 'outer/inner/.xaigrid'],
    ['outer/inner/deep', 'outer/inner/.xaigrid'],
    ['linked', 'linked/.xaigrid'],
  ])('from %s is %s, the nearest', async (from, folder) => {
    expect((await findStore(undefined, caller(from))).folder).toBe(at(folder));
  });

  it('counts a relative name from the current folder, and knows ~ where the shell left it', async () => {
    expect((await findStore('mine', caller('outer/other'))).folder).toBe(at('outer/other/mine'));
    expect((await findStore('../mine', caller('outer/other'))).folder).toBe(at('outer/mine'));
    expect((await findStore('~/mine', caller('outer'))).folder).toBe('/home/ada/mine');
    expect((await findStore('~', caller('outer'))).folder).toBe('/home/ada');
    expect((await findStore('./~', caller('outer'))).folder).toBe(at('outer/~'));
    expect((await findStore(undefined, caller('outer', { XAIGRID_STORE: '~/mine' }))).folder).toBe('/home/ada/mine');
    await expect(findStore('~bob/store', caller('outer'))).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/--store ~bob\/store: .*Write the whole path, or \.\/~bob\/store/) as string,
    });
    await expect(findStore('', caller('outer'))).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('empty') as string,
    });
  });

  it('does not need a current folder when it is named whole', async () => {
    const gone = {
      ...caller('bare'),
      folder: () => {
        throw new Error('uv_cwd');
      },
    };
    expect((await findStore('/named', gone)).folder).toBe('/named');
    await expect(findStore('named', gone)).rejects.toThrow('uv_cwd');
  });

  it('is no file', async () => {
    await expect(findStore(undefined, caller('blocked'))).rejects.toMatchObject({
      code: 'FOLDER_UNWRITABLE',
      message: expect.stringContaining(`${at('blocked/.xaigrid')} is a file`) as string,
    });
  });

  it.runIf(process.platform !== 'win32')('is another user’s only when it is named', async () => {
    const stranger = caller('outer/other', {}, me + 1);
    await expect(findStore(undefined, stranger)).rejects.toMatchObject({
      code: 'STORE_FOREIGN',
      message: `The store ${at('outer/.xaigrid')} belongs to another user (number ${me}). If you trust it, name it: --store ${at('outer/.xaigrid')}.`,
    });
    expect((await findStore('../.xaigrid', stranger)).folder).toBe(at('outer/.xaigrid'));
  });

  it.runIf(me !== 0 || process.platform !== 'win32')('is for root also that of the user who called sudo', async () => {
    const asRoot = (SUDO_UID: string): Caller => caller('outer', { SUDO_UID }, 0);
    expect((await findStore(undefined, asRoot(String(me)))).folder).toBe(at('outer/.xaigrid'));
    // Only for root: anybody may set the variable.
    await expect(findStore(undefined, caller('outer', { SUDO_UID: String(me) }, me + 1))).rejects.toMatchObject({
      code: 'STORE_FOREIGN',
    });
  });
});
