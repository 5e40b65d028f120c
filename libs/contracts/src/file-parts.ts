import { createReadStream } from 'node:fs';
import type { FileParts } from './references.js';

/** What goes into the store under its hash: the file at `path`, or, with `parts`, what those make together. */
export interface FileToShare {
  readonly sha256: string;
  readonly size: number;
  /** Names it in messages. */
  readonly path: string;
  readonly parts?: FileParts;
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
