import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Pictures on disk, by a hash of what they show. */
export interface ThumbnailCache {
  /** The picture of this key, which `make` makes if it is not there. Requests for the same one at a time make it once. */
  get(key: string, make: () => Promise<Uint8Array>): Promise<Uint8Array>;
}

export interface ThumbnailCacheOptions {
  readonly folder: string;
  /** Bytes on disk; beyond them, what was not used for longest is removed. */
  readonly mostBytes: number;
}

/**
 * Opens the cache; it begins with what earlier processes left. Several processes may share the folder: each keeps to the bound by
 * what it knows. A folder that cannot be written to costs only time: pictures are then made again.
 */
export function createThumbnailCache({ folder, mostBytes }: ThumbnailCacheOptions): ThumbnailCache {
  /** Bytes by key, the least recently used first. */
  const sizes = new Map<string, number>();
  const making = new Map<string, Promise<Uint8Array>>();
  let bytes = 0;
  let opening: Promise<void> | undefined;
  const fileOf = (key: string): string => join(folder, `${key}.png`);

  async function open(): Promise<void> {
    await mkdir(folder, { recursive: true });
    const files: { key: string; size: number; used: number }[] = [];
    for (const name of await readdir(folder)) {
      const { size, mtimeMs } = await stat(join(folder, name)).catch(() => ({ size: -1, mtimeMs: 0 }));
      if (size >= 0 && name.endsWith('.png')) files.push({ key: name.slice(0, -'.png'.length), size, used: mtimeMs });
    }
    for (const { key, size } of files.sort((a, b) => a.used - b.used)) note(key, size);
  }

  function note(key: string, size: number): void {
    bytes += size - (sizes.get(key) ?? 0);
    sizes.delete(key);
    sizes.set(key, size);
  }

  async function read(key: string): Promise<Uint8Array | undefined> {
    const data = await readFile(fileOf(key)).catch(() => undefined);
    if (data === undefined) return undefined;
    note(key, data.length);
    // So that the order outlives the process.
    await utimes(fileOf(key), new Date(), new Date()).catch(() => undefined);
    return data;
  }

  async function write(key: string, data: Uint8Array): Promise<void> {
    const draft = join(folder, `${randomUUID()}.draft`);
    await writeFile(draft, data);
    await rename(draft, fileOf(key));
    note(key, data.length);
    for (const [oldest, size] of sizes) {
      if (bytes <= mostBytes) break;
      sizes.delete(oldest);
      bytes -= size;
      await rm(fileOf(oldest), { force: true });
    }
  }

  async function getOrMake(key: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    await (opening ??= open()).catch(() => undefined);
    const known = await read(key);
    if (known !== undefined) return known;
    const made = await make();
    await write(key, made).catch(() => undefined);
    return made;
  }

  return {
    get(key, make) {
      const begun = making.get(key) ?? getOrMake(key, make).finally(() => making.delete(key));
      making.set(key, begun);
      return begun;
    },
  };
}
