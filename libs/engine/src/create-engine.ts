import { availableParallelism } from 'node:os';
import { type EngineBackend, type EngineName, XaigridError } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import type { Engine } from './engine.js';
import { adapters } from './adapters.js';
import { createIsolatedEngine } from './thread/create-isolated-engine.js';

/** Which engine to create, for which model, and where it computes. */
export interface EngineOptions {
  readonly model: Model;
  readonly name: EngineName;
  /** The backend of the engine. Default: the best one on this machine. */
  readonly backend?: EngineBackend | undefined;
  /** The number of computing threads. Default: all cores. The JavaScript backends of the engine tensorflow always use one. */
  readonly threads?: number;
  /**
   * Whether to compute in a separate thread. Otherwise both engines block the JavaScript thread that calls them. Default false.
   */
  readonly isolate?: boolean;
  /** Aborts the creation. `close` ends an engine that exists. */
  readonly signal?: AbortSignal;
}

/**
 * Creates an engine that executes `model`.
 * @throws ENGINE_UNAVAILABLE if the library of the engine does not load here, OPERATION_UNSUPPORTED if it cannot execute this
 * model, INTERRUPTED if `signal` aborts first.
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
