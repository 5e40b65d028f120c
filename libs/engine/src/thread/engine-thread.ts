import { parentPort, workerData } from 'node:worker_threads';
import { toXaigridError, XaigridError } from '@xaigrid/contracts';
import { adapters } from '../adapters.js';
import { packOwned } from './pack.js';
import type { Call, PlainError, ThreadData, ThreadMessage } from './protocol.js';

/** The program of an isolated engine's thread: it makes the engine, then answers calls in order. */
const port = parentPort;
if (port === null) throw new XaigridError('INTERNAL', 'engine-thread is started as a worker thread, by createIsolatedEngine.');

type Method = (...values: readonly unknown[]) => Promise<unknown>;

/** Methods whose results stay in the thread, because these have methods themselves. */
const makers = new Set(['deepLift', 'expectedGradients']);

const targets = new Map<number, object>();
let nextTarget = 0;
// Calls run one after the other: together, their batches would only push each other out of the caches.
let last: Promise<void> = Promise.resolve();

try {
  // `createIsolatedEngine` starts the thread with exactly this.
  const { name, ...given } = workerData as ThreadData;
  const engine = await adapters[name].create(given);
  targets.set(nextTarget++, engine);
  port.on('message', (call: Call) => {
    last = last.then(() => answer(call));
  });
  post({ kind: 'ready', version: engine.version, backend: engine.backend, model: engine.model, batchSize: engine.batchSize });
} catch (error) {
  post({ kind: 'failed', error: plain(error) });
}

async function answer({ id, target, method, arguments: values }: Call): Promise<void> {
  try {
    const owner = targets.get(target);
    const value = await methodOf(owner, method).apply(owner, [...values]);
    if (makers.has(method) && typeof value === 'object' && value !== null) {
      const made = nextTarget++;
      targets.set(made, value);
      post({ kind: 'handle', id, target: made });
    } else {
      if (method === 'close') targets.delete(target);
      post({ kind: 'result', id, value });
    }
  } catch (error) {
    post({ kind: 'error', id, error: plain(error) });
  }
}

function methodOf(owner: object | undefined, name: string): Method {
  const method: unknown = owner === undefined ? undefined : Reflect.get(owner, name);
  if (typeof method !== 'function') throw new XaigridError('ENGINE_ENDED', `The engine was closed before "${name}" was called.`);
  return method as Method;
}

function post(message: ThreadMessage): void {
  const { value, transfer } = packOwned(message);
  port?.postMessage(value, transfer);
}

function plain(error: unknown): PlainError {
  const { code, message } = toXaigridError(error);
  return { code, message };
}
