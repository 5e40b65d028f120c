import { createHash } from 'node:crypto';
import { LARGEST_ARTIFACT, readFileToShare, XaigridError, type FileToShare } from '@xaigrid/contracts';
import type { Retry } from './connection/retry.js';
import { Prisma, transactionLimits, type Database } from './sql/prisma.js';
import type { ArtifactRepository } from './store.js';

const mebibyte = 1024 * 1024;
const chunkBytes = mebibyte;

export function createArtifactRepository(database: Database, retry: Retry): ArtifactRepository {
  return {
    // The question also announces a use: garbage collection then leaves the artifact alone for a while.
    has: (sha256) =>
      retry(
        async () =>
          (await database.$executeRaw`UPDATE "artifact" SET "used_at" = clock_timestamp() WHERE "sha256" = ${sha256}`) === 1,
      ),
    putFile: async (file) => {
      if (file.size > LARGEST_ARTIFACT) throw tooLarge(file);
      await retry(() => putFile(database, file));
    },
    async *chunks(sha256) {
      const artifact = await retry(() => database.artifact.findUnique({ where: { sha256 } }));
      if (artifact === null) throw missing(sha256);
      let left = Number(artifact.size);
      for (let ordinal = 0; left > 0; ordinal += 1) {
        const where = { sha256_ordinal: { sha256, ordinal } };
        const chunk = await retry(() => database.artifactChunk.findUnique({ where, select: { data: true } }));
        // It was collected as garbage while it was read.
        if (chunk === null) throw missing(sha256);
        left -= chunk.data.length;
        yield chunk.data;
      }
    },
  };
}

/** Stores a file in one transaction. If two processes store the same file, the second waits and finds it stored. */
async function putFile(database: Database, file: FileToShare): Promise<void> {
  await database.$transaction(async (queries) => {
    const added = await queries.$executeRaw(Prisma.sql`
      INSERT INTO "artifact" ("sha256", "size") VALUES (${file.sha256}, ${file.size}::bigint) ON CONFLICT DO NOTHING`);
    if (added === 0) {
      await queries.$executeRaw`UPDATE "artifact" SET "used_at" = clock_timestamp() WHERE "sha256" = ${file.sha256}`;
      return;
    }
    const hash = createHash('sha256');
    let size = 0;
    let ordinal = 0;
    for await (const data of fileChunks(file)) {
      hash.update(data);
      size += data.length;
      if (size > file.size) break;
      await queries.artifactChunk.create({ data: { sha256: file.sha256, ordinal, data }, select: { ordinal: true } });
      ordinal += 1;
    }
    if (size !== file.size || hash.digest('hex') !== file.sha256) {
      throw new XaigridError(
        'ARTIFACT_MISSING',
        `The file ${file.path} has changed since the run was planned. Start the run again.`,
      );
    }
  }, transactionLimits);
}

/** The file in chunks of exactly `chunkBytes`, the last one shorter. */
async function* fileChunks(file: FileToShare): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let held: Buffer<ArrayBuffer> = Buffer.alloc(0);
  try {
    for await (const piece of readFileToShare(file)) {
      held = Buffer.concat([held, piece]);
      while (held.length >= chunkBytes) {
        yield held.subarray(0, chunkBytes);
        held = held.subarray(chunkBytes);
      }
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('ARTIFACT_MISSING', `The file ${file.path}, which the run needs, cannot be read: ${reason}.`, {
      cause: error,
    });
  }
  if (held.length > 0) yield held;
}

function missing(sha256: string): XaigridError {
  return new XaigridError(
    'ARTIFACT_MISSING',
    `The file with hash ${sha256.slice(0, 12)}… is not in the store. Submit the run again from where the file is.`,
  );
}

function tooLarge(file: FileToShare): XaigridError {
  return new XaigridError(
    'ARTIFACT_TOO_LARGE',
    `The file ${file.path} has ${Math.ceil(file.size / mebibyte)} MiB; up to ${LARGEST_ARTIFACT / mebibyte} MiB travel through the store.`,
  );
}
