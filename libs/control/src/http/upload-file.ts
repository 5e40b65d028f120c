import { Readable } from 'node:stream';
import { LARGEST_ARTIFACT, operations, pathOf, readFileToShare, XaigridError, type FileToShare } from '@xaigrid/contracts';
import type { Client } from './client.js';

/** 2 GiB at 600 KB/s. */
const UPLOAD_TIMEOUT_MS = 3_600_000;

/**
 * Sends a file to the orchestrator unless it has it.
 * @throws ARTIFACT_TOO_LARGE, ARTIFACT_MISSING when the file cannot be read, ARTIFACT_DAMAGED when it changed meanwhile
 */
export async function uploadFile(client: Client, file: FileToShare): Promise<void> {
  const { sha256, size, path } = file;
  const { method, answer } = operations.putArtifact;
  const route = pathOf(operations.putArtifact, { sha256 });
  if (await isStored(client, route)) return;
  // Checked here first, so that nothing is sent in vain.
  if (size > LARGEST_ARTIFACT) {
    throw new XaigridError(
      'ARTIFACT_TOO_LARGE',
      `${path} has ${(size / 1024 ** 3).toFixed(1)} GiB; at most ${LARGEST_ARTIFACT / 1024 ** 3} GiB can be sent to a server. Put it into the orchestrator's XAIGRID_SPEC_ROOT, on a disk that the workers share, and send it the spec (docs/deployment.md).`,
    );
  }
  let unreadable: unknown;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      yield* readFileToShare(file);
    } catch (error) {
      unreadable = error;
      throw error;
    }
  }
  try {
    const body = Readable.toWeb(Readable.from(pieces(), { objectMode: false }));
    await client.json(answer, route, { method, body, timeoutMs: UPLOAD_TIMEOUT_MS });
  } catch (error) {
    // If the file could not be read, the error of the broken connection is irrelevant.
    if (unreadable === undefined) throw error;
    const reason = unreadable instanceof Error ? unreadable.message : 'no reason given';
    throw new XaigridError('ARTIFACT_MISSING', `${path} cannot be read: ${reason}.`, { cause: unreadable });
  }
}

async function isStored(client: Client, route: string): Promise<boolean> {
  const { status } = await client.request(route, { method: operations.hasArtifact.method, accept: [404] });
  return status === 200;
}
