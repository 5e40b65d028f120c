import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../src/index.js';

describe('makeFolder', () => {
  let root: string;
  beforeAll(async () => (root = await mkdtemp(join(tmpdir(), 'xaigrid-folder-'))));
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('makes a folder with all above it, with the mode asked for, any number of times at once', async () => {
    const folder = join(root, 'a/b/c');
    await Promise.all(Array.from({ length: 8 }, () => makeFolder(folder, { mode: 0o700 })));
    await makeFolder(folder);
    // Beside each other in a folder that each may be the first to make.
    for (let round = 0; round < 200; round += 1)
      await Promise.all(['a', 'b/c', 'd', 'e'].map((name) => makeFolder(join(root, `round-${round}/cache`, name))));
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('says what is in the way', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(root, 'file/below/it'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(process.platform === 'linux')('ends where the system makes no folders, as under /proc', async () => {
    await expect(makeFolder('/proc/nope')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(makeFolder('/proc/nope/below/it')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
