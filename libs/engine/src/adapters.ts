import type { Device, EngineBackend, EngineName } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import type { Engine } from './engine.js';
import { devices } from './onnxruntime/batch-policy.js';
import type { WeightsFile } from './weights/weights-file.js';

/** What an engine provides so that it can be chosen by name. */
export interface Adapter {
  /** Where it can compute, the default first. */
  readonly devices: readonly Device[];
  /** @param options.device one of `devices` */
  create(options: {
    readonly model: Model;
    readonly device: Device;
    readonly threads: number;
    readonly backend?: EngineBackend | undefined;
    readonly weights?: WeightsFile | undefined;
  }): Promise<Engine>;
  /**
   * Loads the library.
   * @throws ENGINE_UNAVAILABLE
   */
  probe(): Promise<{ readonly version: string; readonly backends: readonly [EngineBackend, ...EngineBackend[]] }>;
}

/** All engines by name. A new engine is a folder beside the others and an entry here. Engines are loaded on demand. */
export const adapters: Readonly<Record<EngineName, Adapter>> = {
  onnxruntime: {
    devices,
    create: async (options) => (await import('./onnxruntime/create-onnxruntime-engine.js')).createOnnxRuntimeEngine(options),
    probe: async () => {
      const { loadOnnxRuntime } = await import('./onnxruntime/load-onnxruntime.js');
      return { version: (await loadOnnxRuntime()).version, backends: ['cpu'] };
    },
  },
  tensorflow: {
    devices: ['cpu'],
    create: async ({ model, backend }) =>
      (await import('./tensorflow/create-tensorflow-engine.js')).createTensorFlowEngine(model, backend),
    probe: async () => {
      const { loadTensorFlow } = await import('./tensorflow/load-tensorflow.js');
      const { version, backends } = await loadTensorFlow();
      const [best = 'cpu', ...others] = backends;
      return { version, backends: [best, ...others] };
    },
  },
};
