import { availableParallelism } from 'node:os';
import { type EngineBackend, type EngineName, XaigridError } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import type { Engine } from './engine.js';
import { adapters } from './adapters.js';
import { createIsolatedEngine } from './thread/create-isolated-engine.js';

export interface EngineOptions {
  readonly model: Model;
  readonly name: EngineName;
  /** Which of the engine's backends; default the best one here. */
  readonly backend?: EngineBackend | undefined;
  /** Threads that compute; all cores by default. The JavaScript backends of the tensorflow engine have one in any case. */
  readonly threads?: number;
  /** Compute in a thread of its own: both engines otherwise block the JavaScript thread that calls them. Default false. */
  readonly isolate?: boolean;
  /** Gives up creating; an engine that exists is ended by `close`. */
  readonly signal?: AbortSignal;
}

/**
 * An engine that executes `model`.
 * @throws ENGINE_UNAVAILABLE when the engine's library does not load here, OPERATION_UNSUPPORTED when it cannot execute
 *   this model, INTERRUPTED when `signal` aborts first.
 */
export async function createEngine({
  model,
  name,
  backend,
  threads = availableParallelism(),
  isolate = false,
  signal,
}: EngineOptions): Promise<Engine> {
  checkAborted(signal);
  const engine = isolate
    ? await createIsolatedEngine({ model, name, backend, threads, ...(signal === undefined ? {} : { signal }) })
    : await adapters[name].create({ model, threads, backend });
  if (signal?.aborted === true) {
    await engine.close();
    checkAborted(signal);
  }
  return engine;
}

function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new XaigridError('INTERRUPTED', 'The engine was not created: the work was interrupted.');
}
