import { createReadStream } from 'node:fs';
import type { FileParts, FileReference, LocalFile } from './references.js';

/** What goes into the store under its hash: the file at `path`, or, with `parts`, what those make together. */
export interface FileToShare {
  readonly sha256: string;
  readonly size: number;
  /** Names it in messages. */
  readonly path: string;
  readonly parts?: FileParts;
}

/** What a plan says of the file. */
export function referenceOf({ name, sha256, size, path }: LocalFile): FileReference {
  return { name, sha256, size, ...(path === undefined ? {} : { path }) };
}

/** Undefined for a file of which this process has nothing but its reference. */
export function fileToShare({ name, sha256, size, path, parts }: LocalFile): FileToShare | undefined {
  if (path === undefined && parts === undefined) return undefined;
  return { sha256, size, path: path ?? name, ...(parts === undefined ? {} : { parts }) };
}

/** The bytes of a file, piece by piece; pieces have at most 1 MiB unless they come from memory. */
export async function* readFileToShare({ path, parts = [path] }: FileToShare): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) {
    if (typeof part === 'string') yield* readPieces(part);
    else yield part;
  }
}

async function* readPieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) yield piece as Uint8Array;
}
