import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { embeddedFolder } from './embedded-folder.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('artifacts');

async function newFile(size: number): Promise<{ bytes: Buffer; file: { sha256: string; size: number; path: string } }> {
  const bytes = randomBytes(size);
  const path = join(await embeddedFolder(), 'file');
  await writeFile(path, bytes);
  return { bytes, file: { sha256: sha256(bytes), size, path } };
}

async function read(hash: string): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of database.store.artifacts.chunks(hash)) chunks.push(chunk);
  return chunks;
}

describe('artifacts', () => {
  it.each([0, 1, 1024 * 1024, 5 * 1024 * 1024 + 17])('of %d bytes come back whole, in chunks', async (size) => {
    const { artifacts } = database.store;
    const { bytes, file } = await newFile(size);
    expect(await artifacts.has(file.sha256)).toBe(false);
    await artifacts.putFile(file);
    await artifacts.putFile(file);
    expect(await artifacts.has(file.sha256)).toBe(true);
    const chunks = await read(file.sha256);
    expect(Buffer.compare(Buffer.concat(chunks), bytes)).toBe(0);
    expect(chunks).toHaveLength(Math.ceil(size / 1024 ** 2));
  });

  it('are stored once when many processes put them at once', async () => {
    const { file } = await newFile(3_000_000);
    await Promise.all([1, 2, 3, 4].map(() => database.store.artifacts.putFile(file)));
    expect(
      await database.query('SELECT count(*)::integer AS count FROM artifact_chunk WHERE sha256 = $1', [file.sha256]),
    ).toEqual([{ count: 3 }]);
  });

  it('are refused when the file is not what was planned, and nothing is kept of them', async () => {
    const { file } = await newFile(2_000_000);
    const shorter = { ...file, size: file.size - 1 };
    const longer = { ...file, size: file.size + 1 };
    const other = { ...file, sha256: sha256('other') };
    for (const wrong of [shorter, longer, other]) {
      await expect(database.store.artifacts.putFile(wrong)).rejects.toMatchObject({
        code: 'ARTIFACT_MISSING',
        message: expect.stringContaining('has changed since') as string,
      });
      expect(await database.store.artifacts.has(wrong.sha256)).toBe(false);
    }
    await expect(database.store.artifacts.putFile({ ...file, path: '/nowhere/file' })).rejects.toMatchObject({
      code: 'ARTIFACT_MISSING',
      message: expect.stringContaining('cannot be read') as string,
    });
  });

  it('are refused above 2 GiB', async () => {
    const { file } = await newFile(1);
    await expect(database.store.artifacts.putFile({ ...file, size: 2 * 1024 ** 3 + 1 })).rejects.toMatchObject({
      code: 'ARTIFACT_TOO_LARGE',
      message: expect.stringContaining('2049 MiB; up to 2048 MiB') as string,
    });
  });

  it('that are not there are named', async () => {
    await expect(read('0'.repeat(64))).rejects.toMatchObject({
      code: 'ARTIFACT_MISSING',
      message: expect.stringContaining('000000000000…') as string,
    });
  });
});
