import type { EngineBackend, EngineName } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import type { Engine } from './engine.js';
import { createOnnxRuntimeEngine } from './onnxruntime/create-onnxruntime-engine.js';
import { loadOnnxRuntime } from './onnxruntime/load-onnxruntime.js';
import { createTensorFlowEngine } from './tensorflow/create-tensorflow-engine.js';
import { loadTensorFlow } from './tensorflow/load-tensorflow.js';
import type { WeightsFile } from './weights/weights-file.js';

/** What an engine's adapter can do. */
export interface Adapter {
  create(options: {
    readonly model: Model;
    readonly threads: number;
    readonly backend?: EngineBackend | undefined;
    readonly weights?: WeightsFile | undefined;
  }): Promise<Engine>;
  /** Loads the library. @throws ENGINE_UNAVAILABLE */
  probe(): Promise<{ readonly version: string; readonly backends: readonly [EngineBackend, ...EngineBackend[]] }>;
}

/** All engines by name. A new one is a folder beside the others and a line here. */
export const adapters: Readonly<Record<EngineName, Adapter>> = {
  onnxruntime: {
    create: createOnnxRuntimeEngine,
    probe: async () => ({ version: (await loadOnnxRuntime()).version, backends: ['cpu'] }),
  },
  tensorflow: {
    create: ({ model, backend }) => createTensorFlowEngine(model, backend),
    probe: async () => {
      const { version, backends } = await loadTensorFlow();
      const [best = 'cpu', ...others] = backends;
      return { version, backends: [best, ...others] };
    },
  },
};
