import { parentPort, workerData } from 'node:worker_threads';
import { toXaigridError } from '@xaigrid/contracts';
import type { ThreadAnswer } from './check-model.js';
import { examine, type ModelCheckRequest } from './examine.js';

/** The program of the thread in which `checkModel` works: one request, one answer. */
parentPort?.postMessage(await answer());

async function answer(): Promise<ThreadAnswer> {
  try {
    // `checkModel` starts the thread with exactly this.
    return { check: await examine(workerData as ModelCheckRequest) };
  } catch (error) {
    const { code, message } = toXaigridError(error);
    return { error: { code, message } };
  }
}
