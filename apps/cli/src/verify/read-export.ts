import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import { isSystemError, runDetailsSchema, XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';

const fileSchema = z.object({ name: z.string().min(1), sha256: z.string(), bytes: z.int().nonnegative() });

const mapsSchema = z.object({
  ...{ evaluation: z.int().nonnegative(), label: z.string(), samples: z.int().nonnegative() },
  file: z.string().exactOptional(),
  sampleIndices: z.array(z.int().nonnegative()).exactOptional(),
});

/** What `xaigrid export` says of its files, as far as it is checked. */
const manifestSchema = z.object({
  run: runDetailsSchema.omit({ specText: true }),
  files: z.array(fileSchema),
  maps: z.array(mapsSchema),
});
export type Manifest = z.infer<typeof manifestSchema>;
export type ExportedMaps = Manifest['maps'][number];

/** @throws EXPORT_UNREADABLE if the folder has no manifest of an export */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, 'manifest.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const reason = isSystemError(error) && error.code === 'ENOENT' ? 'there is none' : String(error);
    throw unreadable(`${path} cannot be read: ${reason}. Name a folder that "xaigrid export" wrote.`, error);
  });
  const manifest = manifestSchema.safeParse(parsed(text, path));
  if (manifest.success) return manifest.data;
  throw unreadable(`${path} is no manifest of an export: ${z.prettifyError(manifest.error)}.`, manifest.error);
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(`${path} is not JSON. Copy the folder again, whole.`, error);
  }
}

function unreadable(message: string, cause: unknown): XaigridError {
  return new XaigridError('EXPORT_UNREADABLE', message, { cause });
}

/** Why files of an export are not what its manifest says, a sentence for each. */
export async function damagedFiles(folder: string, { files }: Manifest): Promise<string[]> {
  const found: string[] = [];
  for (const { name, sha256 } of files) {
    const reason = isInside(name) ? await whyDamaged(join(folder, name), sha256) : 'its name leads out of the folder';
    if (reason !== undefined) found.push(`${name}: ${reason}`);
  }
  return found;
}

function isInside(name: string): boolean {
  return !normalize(name).startsWith('..') && !name.startsWith('/') && !normalize(name).includes(`:${sep}`);
}

async function whyDamaged(path: string, sha256: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  } catch (error) {
    return isSystemError(error) && error.code === 'ENOENT' ? 'it is missing' : `it cannot be read: ${String(error)}`;
  }
  return hash.digest('hex') === sha256 ? undefined : 'it has another content than when it was exported';
}
