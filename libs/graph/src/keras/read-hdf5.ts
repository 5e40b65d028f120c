import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { reviveError } from '@xaigrid/contracts';
import { unreadableHdf5 } from './hdf5-signature.js';
import type { Hdf5Contents } from './hdf5-layouts.js';
import type { Hdf5Answer, Hdf5Request } from './hdf5-thread.js';

/** A file of 300 KB takes 10 ms. A slow disk or a busy machine must not look like a damaged file. */
const PATIENCE_MS = 20_000;
const PATIENCE_MS_A_MEBIBYTE = 500;
/** The wait is counted in steps, because the time during which a process is stopped must not count. */
const STEP_MS = 100;
/** How long the thread waits for another file. Then it ends and frees the library's memory, which only grows. */
const IDLE_MS = 2_000;

let thread: Worker | undefined;
let before: Promise<unknown> = Promise.resolve();
let idle: NodeJS.Timeout | undefined;

/**
 * Reads an HDF5 file in a separate thread. On some damaged files the HDF5 library never returns (about one in 200 of those made
 * by changing a few bytes in the global heap, which holds long texts). Only the end of the thread stops it.
 * @param patienceMs default 20 s, plus half a second per MiB
 * @throws MODEL_UNREADABLE
 */
export function readHdf5<Layout extends keyof Hdf5Contents>(
  layout: Layout,
  bytes: Uint8Array,
  patienceMs = PATIENCE_MS + (PATIENCE_MS_A_MEBIBYTE * bytes.length) / 2 ** 20,
): Promise<Hdf5Contents[Layout]> {
  const reading = before.then(() => ask({ layout, bytes }, patienceMs));
  before = reading.catch(() => undefined);
  // The thread answers with the requested layout.
  return reading as Promise<Hdf5Contents[Layout]>;
}

async function ask(request: Hdf5Request, patienceMs: number): Promise<Hdf5Contents[keyof Hdf5Contents]> {
  clearTimeout(idle);
  const worker = (thread ??= await startThread());
  worker.ref();
  const answer = await answerOf(worker, request, patienceMs).catch((error: unknown) => {
    endThread();
    throw error;
  });
  worker.unref();
  idle = setTimeout(endThread, IDLE_MS).unref();
  if ('contents' in answer) return answer.contents;
  if (answer.broken) endThread();
  throw reviveError(answer.error);
}

/** @throws MODEL_UNREADABLE if the file kills the thread, or if the thread does not answer in time */
async function answerOf(worker: Worker, request: Hdf5Request, patienceMs: number): Promise<Hdf5Answer> {
  let steps = Math.ceil(patienceMs / STEP_MS);
  const waiting = new AbortController();
  const patience = setInterval(() => {
    if (--steps <= 0) waiting.abort();
  }, STEP_MS);
  worker.postMessage(request);
  try {
    const [answer] = (await once(worker, 'message', { signal: waiting.signal })) as [Hdf5Answer];
    return answer;
  } catch (error) {
    const given = waiting.signal.aborted ? `: reading it does not end (given up after ${String(patienceMs / 1000)} s)` : '';
    throw unreadableHdf5(`it is damaged${given}`, error);
  } finally {
    clearInterval(patience);
  }
}

function endThread(): void {
  void thread?.terminate();
  thread = undefined;
}

/** Resolves when the thread has loaded the library. */
async function startThread(): Promise<Worker> {
  const worker = newThread();
  await once(worker, 'message');
  // Between files no one waits for the thread, and an error without a listener would end the process.
  worker.on('error', () => undefined);
  return worker;
}

/**
 * Starts the thread. In built code its program is the file beside this one; from sources (tests) it runs through the engine's
 * loader.
 */
function newThread(): Worker {
  const options = { name: 'hdf5' };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./hdf5-thread.js', import.meta.url), options);
  const loader = new URL('../../../engine/source-loader/register.mjs', import.meta.url);
  return new Worker(new URL('./hdf5-thread.ts', import.meta.url), {
    ...options,
    execArgv: ['--conditions=@xaigrid/source', '--import', loader.href],
  });
}
