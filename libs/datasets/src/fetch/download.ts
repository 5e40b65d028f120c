import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder, XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';

export interface DownloadOptions {
  readonly url: string;
  /** The path of the finished file. What an earlier try left there is kept. */
  readonly path: string;
  readonly md5: string;
  readonly signal?: AbortSignal;
  /** Called with the bytes that have arrived, and with `total` if the server says it. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
  /** The milliseconds before a broken connection is tried again. The pause doubles each time. Default 1000. */
  readonly retryDelayMs?: number;
}

/** A connection without data for this long is abandoned. */
const STALLED_MS = 30_000;
const MOST_TRIES_WITHOUT_PROGRESS = 4;

/**
 * Downloads a file and checks its hash. It continues where an earlier try stopped (HTTP Range, with the same ETag or date).
 * @throws DOWNLOAD_FAILED if the server is unreachable, refuses, or sends something else. Data that has arrived stays, unless it
 * is wrong.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { path, url, md5, signal, retryDelayMs = 1_000 } = options;
  await makeFolder(dirname(path));
  let [before, tries] = [await sizeOf(path), 0];
  for (;;) {
    signal?.throwIfAborted();
    try {
      await goOn(options);
      break;
    } catch (error) {
      if (error instanceof XaigridError || signal?.aborted === true) throw error;
      const size = await sizeOf(path);
      tries = size > before ? 1 : tries + 1;
      before = size;
      if (tries >= MOST_TRIES_WITHOUT_PROGRESS) throw unreachable(url, error, size);
      await delay(retryDelayMs * 2 ** tries, undefined, signal === undefined ? {} : { signal });
    }
  }
  const found = await md5Of(path);
  if (found === md5) {
    await rm(validatorPath(path), { force: true });
    return;
  }
  await forget(path);
  throw new XaigridError(
    'DOWNLOAD_FAILED',
    `The download from ${url} is not the published file: its MD5 is ${found}, not ${md5}. It was removed. Try again, or give another --url.`,
  );
}

/** One connection: requests the missing part and appends it. */
async function goOn({ url, path, signal, onProgress }: DownloadOptions): Promise<void> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error(`silence for ${STALLED_MS / 1000} s`)), STALLED_MS);
  const signals = signal === undefined ? [stalled.signal] : [signal, stalled.signal];
  const held = await sizeOf(path);
  const validator = held > 0 ? await readValidator(path) : undefined;
  try {
    const response = await fetch(url, {
      // With compression, offsets would refer to other bytes.
      headers: { 'accept-encoding': 'identity', ...(validator && { range: `bytes=${held}-`, 'if-range': validator }) },
      signal: AbortSignal.any(signals),
    });
    // The server has nothing beyond our part. The hash tells whether it is the whole file.
    if (response.status === 416 && validator !== undefined) return;
    if (!response.ok || response.body === null) throw refused(url, response);
    const start = response.status === 206 ? startOf(response, held) : 0;
    if (start === undefined) {
      await forget(path);
      throw new Error('the server sent another part than the one asked for');
    }
    const length = Number(response.headers.get('content-length') ?? NaN);
    const total = Number.isSafeInteger(length) ? start + length : undefined;
    const file = await open(path, start > 0 ? 'r+' : 'w');
    try {
      if (start === 0) await writeValidator(path, response);
      const bytes = await append(file, start, response.body, (count) => {
        timer.refresh();
        onProgress?.(count, total);
      });
      if (total !== undefined && bytes < total) throw new Error(`the connection ended after ${bytes} of ${total} bytes`);
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

async function append(
  file: FileHandle,
  start: number,
  body: ReadableStream<Uint8Array>,
  onBytes: (count: number) => void,
): Promise<number> {
  let position = start;
  for await (const piece of body) {
    await file.write(piece, 0, piece.length, position);
    position += piece.length;
    onBytes(position);
  }
  return position;
}

/** The offset of the sent part, if it is where ours ends. */
function startOf(response: Response, held: number): number | undefined {
  const [, start] = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '') ?? [];
  return Number(start) === held ? held : undefined;
}

const validatorSchema = z.object({ validator: z.string() });
const validatorPath = (path: string): string => `${path}.json`;

/** Stores what identifies the version of the file on the server: a strong ETag, or else its date. */
async function writeValidator(path: string, { headers }: Response): Promise<void> {
  const etag = headers.get('etag');
  const validator = etag !== null && !etag.startsWith('W/') ? etag : headers.get('last-modified');
  if (validator === null) await rm(validatorPath(path), { force: true });
  else await writeFile(validatorPath(path), JSON.stringify({ validator }));
}

async function readValidator(path: string): Promise<string | undefined> {
  try {
    return validatorSchema.parse(JSON.parse(await readFile(validatorPath(path), 'utf8'))).validator;
  } catch {
    return undefined;
  }
}

async function forget(path: string): Promise<void> {
  await Promise.all([path, validatorPath(path)].map((file) => rm(file, { force: true })));
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}

function refused(url: string, { status, statusText }: Response): Error {
  const message = `${url} answers ${status} ${statusText}`.trim();
  // These errors may be temporary.
  if (status >= 500 || status === 429 || status === 408) return new Error(message);
  return new XaigridError('DOWNLOAD_FAILED', `${message}. Give another --url, or fetch the file by hand and unpack it.`);
}

function unreachable(url: string, error: unknown, held: number): XaigridError {
  const reason = reasonOf(error);
  const kept = held === 0 ? '' : ` ${Math.floor(held / 2 ** 20)} MiB are kept; the same command continues from there.`;
  return new XaigridError(
    'DOWNLOAD_FAILED',
    `${url} cannot be downloaded: ${reason}. Check that this machine has internet, or give another --url.${kept}`,
    { cause: error },
  );
}

/** The reason of an error: that of its cause, because `fetch failed` says nothing. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
