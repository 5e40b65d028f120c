import { availableParallelism } from 'node:os';
import { type Device, type EngineBackend, type EngineName, XaigridError } from '@xaigrid/contracts';
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
  /** Where it computes; default: the processor. */
  readonly device?: Device;
  /** Threads that compute; all cores by default. The JavaScript backends of the tensorflow engine have one in any case. */
  readonly threads?: number;
  /**
   * Whether to compute in a separate thread. Otherwise both engines block the JavaScript thread that calls them. Default false.
   */
  readonly isolate?: boolean;
  /** Aborts the creation. `close` ends an engine that exists. */
  readonly signal?: AbortSignal;
}

/**
 * An engine that executes `model`.
 * @throws ENGINE_UNAVAILABLE when the engine's library does not load here or does not compute on the device, OPERATION_UNSUPPORTED when it cannot execute
 *   this model, INTERRUPTED when `signal` aborts first.
 */
export async function createEngine({
  model,
  name,
  backend,
  device = 'cpu',
  threads = availableParallelism(),
  isolate = false,
  signal,
}: EngineOptions): Promise<Engine> {
  checkAborted(signal);
  assertDevice(name, device);
  const engine = isolate
    ? await createIsolatedEngine({ model, name, backend, device, threads, ...(signal === undefined ? {} : { signal }) })
    : await adapters[name].create({ model, device, threads, backend });
  if (signal?.aborted === true) {
    await engine.close();
    checkAborted(signal);
  }
  return engine;
}

/** @throws ENGINE_UNAVAILABLE where the engine does not compute on the device */
export function assertDevice(name: EngineName, device: Device): void {
  const { devices } = adapters[name];
  if (devices.includes(device)) return;
  throw new XaigridError(
    'ENGINE_UNAVAILABLE',
    `The engine ${name} of this version does not compute on the device ${device}, only on ${devices.join(' and ')}.`,
  );
}

function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new XaigridError('INTERRUPTED', 'The engine was not created: the work was interrupted.');
}
