import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder, XAIGRID_VERSION, type EngineName } from '@xaigrid/contracts';
import { libraryVersions } from '@xaigrid/engine';
import type { Model } from '@xaigrid/graph';

/** What is stored about a passed check: nothing, or why the model could not be compared. */
const keptSchema = z.strictObject({ unchecked: z.string().optional() });
type KeptCheck = z.infer<typeof keptSchema>;

/**
 * Checks that models have passed, in a folder of the user's cache. A check is repeated only if its outcome could change: if the
 * file, our graph of it, or the engines are different. Without a writable folder, every check is made.
 */
export interface ChecksCache {
  keyOf(checked: { readonly model: Model; readonly sha256: readonly string[]; readonly engine: EngineName }): string;
  find(key: string): Promise<KeptCheck | undefined>;
  keep(key: string, check: KeptCheck): Promise<void>;
}

/** @param options.keeps whether new checks are stored; default true. Commands that only look store nothing. */
export function createChecksCache(
  cacheFolder: string,
  { keeps = true }: { readonly keeps?: boolean | undefined } = {},
): ChecksCache {
  const folder = join(cacheFolder, 'checked-models');
  return {
    keyOf({ model, sha256, engine }) {
      const hash = createHash('sha256');
      const { nodes, inputs, outputs, constants } = model.graph;
      const { output, input } = model;
      hash.update(JSON.stringify([XAIGRID_VERSION, libraryVersions(), engine, sha256, output, input, nodes, inputs, outputs]));
      for (const [name, { type, shape, data }] of constants) {
        hash.update(JSON.stringify([name, type, shape]));
        hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      }
      return hash.digest('hex');
    },
    async find(key) {
      try {
        return keptSchema.parse(JSON.parse(await readFile(join(folder, key), 'utf8')));
      } catch {
        // There is none, or it is damaged: the check is made.
        return undefined;
      }
    },
    async keep(key, check) {
      if (!keeps) return;
      const temporary = join(folder, `${key}.${randomUUID()}`);
      try {
        await makeFolder(folder, { mode: 0o700 });
        await writeFile(temporary, JSON.stringify(check));
        await rename(temporary, join(folder, key));
      } catch {
        // The next plan checks again.
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    },
  };
}
