import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256, type FileReference } from '@xaigrid/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileCache } from '../src/file-cache.js';

const content = Buffer.from('weights');
const reference: FileReference = { name: 'model.h5', sha256: sha256(content), size: content.length };

let folder: string;
let fetched: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-cache-'));
  fetched = 0;
});
afterEach(() => rm(folder, { recursive: true }));

function cacheOf(stored: readonly Uint8Array[]): ReturnType<typeof createFileCache> {
  return createFileCache({
    folder: join(folder, 'cache'),
    artifacts: {
      has: () => Promise.resolve(true),
      putFile: () => Promise.resolve(),
      async *chunks() {
        fetched += 1;
        yield* stored;
        await Promise.resolve();
      },
    },
  });
}

describe('createFileCache', () => {
  it('uses the planned path while the file is what was planned', async () => {
    const path = join(folder, 'model.h5');
    await writeFile(path, content);
    expect(await cacheOf([]).pathOf({ ...reference, path })).toBe(path);
    expect(fetched).toBe(0);
  });

  it('fetches a file that changed on disk, in pieces, once', async () => {
    const path = join(folder, 'model.h5');
    await writeFile(path, 'changed');
    const cache = cacheOf([content.subarray(0, 3), content.subarray(3)]);
    const [first, second] = await Promise.all([cache.pathOf({ ...reference, path }), cache.pathOf({ ...reference, path })]);
    expect(await readFile(first)).toEqual(content);
    expect(second).toBe(first);
    expect(fetched).toBe(1);
  });

  it('finds what an earlier process fetched', async () => {
    await cacheOf([content]).pathOf(reference);
    await cacheOf([]).pathOf(reference);
    expect(fetched).toBe(1);
  });

  it('says where a file must be that is too large to travel', async () => {
    const path = join(folder, 'huge.onnx');
    const huge = { ...reference, name: 'huge.onnx', size: 3 * 1024 ** 3 };
    await expect(cacheOf([]).pathOf({ ...huge, path })).rejects.toMatchObject({
      code: 'ARTIFACT_MISSING',
      message: `huge.onnx has 3.0 GiB, too much for the store, and the planned version is not on this machine at ${path}. Put it there for every worker, on a disk that they share.`,
    });
    expect(fetched).toBe(0);
  });

  it('refuses a damaged copy and leaves nothing behind', async () => {
    await expect(cacheOf([Buffer.from('damaged')]).pathOf(reference)).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
    const left = await readdir(join(folder, 'cache'), { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });

  it('says which folder setting to change when the cache cannot be written', async () => {
    await writeFile(join(folder, 'cache'), 'a file where the folder should be');
    await expect(cacheOf([content]).pathOf(reference)).rejects.toMatchObject({
      code: 'FOLDER_UNWRITABLE',
      message: expect.stringContaining('XAIGRID_CACHE_DIR') as string,
    });
  });
});
