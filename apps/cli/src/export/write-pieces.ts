import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

export interface ExportedFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Writes pieces to a file as they come, hashing on the way. */
export async function writePieces(folder: string, name: string, pieces: AsyncIterable<Uint8Array>): Promise<ExportedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(join(folder, name), 'w');
  try {
    for await (const piece of pieces) {
      await handle.writeFile(piece);
      hash.update(piece);
      bytes += piece.byteLength;
    }
  } finally {
    await handle.close();
  }
  return { name, sha256: hash.digest('hex'), bytes };
}
