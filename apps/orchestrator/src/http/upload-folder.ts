import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LARGEST_ARTIFACT, XaigridError } from '@xaigrid/contracts';

/** Holds uploads until they are complete and checked. */
export interface UploadFolder {
  /**
   * Writes the body to a file while hashing it, passes the file on if its hash is `sha256`, and deletes it.
   * @throws ARTIFACT_DAMAGED, ARTIFACT_TOO_LARGE
   */
  receive(
    body: Readable,
    sha256: string,
    store: (file: { readonly sha256: string; readonly size: number; readonly path: string }) => Promise<void>,
  ): Promise<void>;
  /** Deletes the folder. */
  close(): Promise<void>;
}

export async function createUploadFolder(options: { readonly limit?: number } = {}): Promise<UploadFolder> {
  const { limit = LARGEST_ARTIFACT } = options;
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-uploads-'));
  return {
    async receive(body, sha256, store) {
      const path = join(folder, randomUUID());
      try {
        const meter = createMeter(limit);
        await pipeline(body, meter.stream, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
        const { size, hash } = meter.result();
        if (hash !== sha256) {
          throw new XaigridError(
            'ARTIFACT_DAMAGED',
            `The received file (${size} bytes) has the SHA-256 ${hash}, not ${sha256}. Upload the file again.`,
          );
        }
        await store({ sha256, size, path });
      } finally {
        await rm(path, { force: true });
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A stream that passes bytes on, counts and hashes them, and stops above the limit. */
function createMeter(limit: number): { readonly stream: Transform; result(): { readonly size: number; readonly hash: string } } {
  const hash = createHash('sha256');
  let size = 0;
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, callback) {
      size += chunk.byteLength;
      if (size > limit) {
        callback(
          new XaigridError(
            'ARTIFACT_TOO_LARGE',
            `The file is larger than ${limit / 1024 / 1024} MiB; such files cannot travel through the store.`,
          ),
        );
        return;
      }
      hash.update(chunk);
      callback(null, chunk);
    },
  });
  return { stream, result: () => ({ size, hash: hash.digest('hex') }) };
}
