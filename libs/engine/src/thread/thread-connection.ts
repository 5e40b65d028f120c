import type { Worker } from 'node:worker_threads';
import { reviveError, XaigridError } from '@xaigrid/contracts';
import { packCopies } from './pack.js';
import type { Call, Greeting, ThreadData, ThreadMessage } from './protocol.js';
import { startThread } from './start-thread.js';

export interface ThreadConnection {
  readonly greeting: Extract<Greeting, { kind: 'ready' }>;
  /** Calls a method in the thread. Its result has the type that the interface gives it. */
  readonly call: <Result>(target: number, method: string, values: readonly unknown[]) => Promise<Result>;
  /** Calls a method of the engine whose result stays in the thread. Returns the target by which to call that result. */
  readonly make: (method: string, values: readonly unknown[]) => Promise<number>;
  /** Closes the engine and ends its thread. Open calls are answered first. */
  readonly end: () => Promise<void>;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: XaigridError): void;
}

/**
 * Starts the thread of an engine.
 * @throws the errors of creating the engine; INTERRUPTED if `signal` aborts first.
 */
export async function connectThread(data: ThreadData, signal?: AbortSignal): Promise<ThreadConnection> {
  const worker = startThread(new URL('./engine-thread.js', import.meta.url), { name: `engine ${data.name}`, workerData: data });
  const pending = new Map<number, Pending>();
  let nextId = 0;
  let ending: Promise<void> | undefined;
  let ended: XaigridError | undefined;

  const greeting = await greetingOf(worker, signal);
  worker.on('message', settle);
  worker.once('error', (error) => fail(error));
  worker.once('exit', (status) => fail(new Error(`it exited with status ${status}`)));
  worker.unref();

  function settle(message: ThreadMessage): void {
    if (message.kind === 'ready' || message.kind === 'failed') return;
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if (pending.size === 0) worker.unref();
    if (message.kind === 'error') waiting?.reject(reviveError(message.error));
    else waiting?.resolve(message.kind === 'handle' ? message.target : message.value);
  }

  function fail(reason: Error): void {
    ended ??=
      ending === undefined
        ? new XaigridError('ENGINE_ENDED', `The engine's thread died: ${reason.message}. Make a new engine.`, { cause: reason })
        : new XaigridError('ENGINE_ENDED', 'The engine is closed.');
    for (const waiting of pending.values()) waiting.reject(ended);
    pending.clear();
  }

  function send(target: number, method: string, values: readonly unknown[]): Promise<unknown> {
    if (ended !== undefined) return Promise.reject(ended);
    const { value, transfer } = packCopies<Call>({ id: nextId++, target, method, arguments: values });
    return new Promise((resolve, reject) => {
      pending.set(value.id, { resolve, reject });
      // The thread keeps the process alive only while it has calls to answer.
      worker.ref();
      worker.postMessage(value, transfer);
    });
  }

  function refuseWhenClosed(): void {
    if (ending !== undefined) throw new XaigridError('ENGINE_ENDED', 'The engine is closed.');
  }

  async function close(): Promise<void> {
    try {
      await send(0, 'close', []);
    } finally {
      await worker.terminate();
    }
  }

  return {
    greeting,
    // The thread calls the interface's method of this name, so the result has that type.
    call: async <Result>(target: number, method: string, values: readonly unknown[]) => {
      refuseWhenClosed();
      return (await send(target, method, values)) as Result;
    },
    make: async (method, values) => {
      refuseWhenClosed();
      return Number(await send(0, method, values));
    },
    end() {
      // A dead thread has nothing left to close.
      ending ??= ended === undefined ? close() : Promise.resolve();
      return ending;
    },
  };
}

async function greetingOf(worker: Worker, signal: AbortSignal | undefined): Promise<ThreadConnection['greeting']> {
  let abort: (() => void) | undefined;
  try {
    return await new Promise((resolve, reject) => {
      abort = () => reject(new XaigridError('INTERRUPTED', 'The engine was not created: the work was interrupted.'));
      signal?.addEventListener('abort', abort);
      worker.once('message', (message: Greeting) => {
        if (message.kind === 'ready') resolve(message);
        else reject(reviveError(message.error));
      });
      worker.once('error', (error: Error) =>
        reject(new XaigridError('ENGINE_ENDED', `The engine's thread did not start: ${error.message}`, { cause: error })),
      );
      worker.once('exit', (status) =>
        reject(new XaigridError('ENGINE_ENDED', `The engine's thread did not start: it exited with status ${status}.`)),
      );
    });
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    if (abort !== undefined) signal?.removeEventListener('abort', abort);
  }
}
