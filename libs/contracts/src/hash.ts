import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { canonicalJson } from './canonical-json.js';
import type { FileReference } from './references.js';

/** A lower-case hexadecimal SHA-256: 64 digits. */
export type Sha256 = string;

/** The SHA-256 of the chunks, one after the other. Text is hashed as UTF-8. */
export function sha256(...chunks: readonly (Uint8Array | string)[]): Sha256 {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

/** The hash of a value's canonical JSON. */
export function contentHash(value: unknown): Sha256 {
  return sha256(canonicalJson(value));
}

/** The SHA-256 of a file, read in pieces. */
export async function hashFile(path: string): Promise<Sha256> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/**
 * The reference to a file by its content.
 * @throws what Node's `stat` throws when there is no such file.
 */
export async function fileReferenceOf(path: string, name: string = basename(path)): Promise<FileReference> {
  const { size } = await stat(path);
  return { name, sha256: await hashFile(path), size, path };
}
