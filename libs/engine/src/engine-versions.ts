import { availableParallelism } from 'node:os';
import { type EngineBackend, type EngineName, engineNames, toXaigridError } from '@xaigrid/contracts';
import { adapters } from './adapters.js';

/** An engine on this machine: its version and backends, or why it does not load. */
export interface EngineVersion {
  readonly name: EngineName;
  readonly available: boolean;
  /** For example `onnxruntime-node 1.30.0`. Absent if the engine does not load. */
  readonly version?: string;
  /**
   * The best backend: `cpu`; for the engine tensorflow `native`, `wasm` or `cpu`. A model may need another backend of the engine.
   */
  readonly backend?: EngineBackend;
  /** All backends that work here, the best first. */
  readonly backends?: readonly EngineBackend[];
  /** Threads an engine computes with unless told otherwise. */
  readonly defaultThreads: number;
  /** Why the engine does not load, and what to do. */
  readonly problem?: string;
}

/** Which engines load on this machine. It loads their libraries and never throws. */
export function engineVersions(): Promise<EngineVersion[]> {
  return Promise.all(
    engineNames.map(async (name): Promise<EngineVersion> => {
      try {
        const { version, backends } = await adapters[name].probe();
        const [backend] = backends;
        const threads = backend === 'wasm' ? 1 : availableParallelism();
        return { name, available: true, version, backend, backends, defaultThreads: threads };
      } catch (error) {
        return { name, available: false, defaultThreads: 0, problem: toXaigridError(error).message };
      }
    }),
  );
}
