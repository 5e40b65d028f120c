import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { artifactAnswerSchema, LARGEST_ARTIFACT, XaigridError } from '@xaigrid/contracts';
import type { Client } from './client.js';

/** 256 MiB at 500 KB/s. */
const UPLOAD_TIMEOUT_MS = 600_000;

/**
 * Sends a file to the orchestrator unless it has it.
 * @throws ARTIFACT_TOO_LARGE, ARTIFACT_MISSING when the file cannot be read, ARTIFACT_DAMAGED when it changed meanwhile
 */
export async function uploadFile(
  client: Client,
  { sha256, size, path }: { readonly sha256: string; readonly size: number; readonly path: string },
): Promise<void> {
  const route = `/v1/artifacts/${sha256}`;
  if (await isStored(client, route)) return;
  // Asked here first, so that nothing is sent in vain.
  if (size > LARGEST_ARTIFACT) {
    throw new XaigridError(
      'ARTIFACT_TOO_LARGE',
      `${path} has ${Math.ceil(size / 1024 / 1024)} MiB; files above 256 MiB cannot be sent to a server. Run where the file and the workers share a disk.`,
    );
  }
  const file = await open(path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('ARTIFACT_MISSING', `${path} cannot be read: ${reason}.`, { cause: error });
  });
  try {
    const body = Readable.toWeb(file.createReadStream({ autoClose: false, highWaterMark: 1 << 18 }));
    await client.json(artifactAnswerSchema, route, { method: 'PUT', body, timeoutMs: UPLOAD_TIMEOUT_MS });
  } finally {
    await file.close();
  }
}

async function isStored(client: Client, route: string): Promise<boolean> {
  const { status } = await client.request(route, { method: 'HEAD', accept: [404] });
  return status === 200;
}
