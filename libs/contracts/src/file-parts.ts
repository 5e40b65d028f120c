import { createReadStream } from 'node:fs';
import type { FileParts, FileReference, LocalFile } from './references.js';

/** A file to put into the store under its hash: the file at `path`, or the bytes of all `parts` one after the other. */
export interface FileToShare {
  readonly sha256: string;
  readonly size: number;
  /** The name in messages, and the file if there are no parts. */
  readonly path: string;
  readonly parts?: FileParts;
}

/** The reference to a file, as plans hold it. */
export function referenceOf({ name, sha256, size, path }: LocalFile): FileReference {
  return { name, sha256, size, ...(path === undefined ? {} : { path }) };
}

/** The file to put into the store. Undefined if this process has no more than its reference. */
export function fileToShare({ name, sha256, size, path, parts }: LocalFile): FileToShare | undefined {
  if (path === undefined && parts === undefined) return undefined;
  return { sha256, size, path: path ?? name, ...(parts === undefined ? {} : { parts }) };
}

/** The bytes of a file, piece by piece. Pieces have at most 1 MiB, unless they come from memory. */
export async function* readFileToShare({ path, parts = [path] }: FileToShare): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) {
    if (typeof part === 'string') yield* readPieces(part);
    else yield typeof part === 'function' ? await part() : part;
  }
}

async function* readPieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) yield piece as Uint8Array;
}
