import { XaigridError, type EngineBackend } from '@xaigrid/contracts';
import type { TensorFlow } from './tensorflow-library.js';
import { replaceMaxPoolGradient } from './wasm-max-pool-gradient.js';

/** The names of the backends in TensorFlow.js. */
export const backendNames: Readonly<Record<EngineBackend, string>> = { native: 'tensorflow', wasm: 'wasm', cpu: 'cpu' };

export interface LoadedTensorFlow {
  readonly tf: TensorFlow;
  /** The backends that work here, the best first. */
  readonly backends: readonly EngineBackend[];
  /** For example `@tensorflow/tfjs-node 4.22.0`. */
  readonly version: string;
}

let loading: Promise<LoadedTensorFlow> | undefined;

/**
 * Loads TensorFlow.js once per thread. It uses TensorFlow's native library if `@tensorflow/tfjs-node` is installed (an optional
 * dependency whose download may have failed; docs/engines.md), and WebAssembly and plain JavaScript.
 * @throws ENGINE_UNAVAILABLE
 */
export function loadTensorFlow(): Promise<LoadedTensorFlow> {
  loading ??= load();
  return loading;
}

async function load(): Promise<LoadedTensorFlow> {
  try {
    const native = await loadNative();
    const tf = native ?? (await import('@tensorflow/tfjs')).default;
    // Otherwise it advertises its native package at the first computation.
    tf.enableProdMode();
    const wasm = await startWasm(tf);
    const backends: EngineBackend[] = [
      ...(native === undefined ? [] : ['native' as const]),
      ...(wasm ? ['wasm' as const] : []),
      'cpu',
    ];
    return { tf, backends, version: `@tensorflow/tfjs${native === undefined ? '' : '-node'} ${tf.version.tfjs}` };
  } catch (error) {
    throw new XaigridError(
      'ENGINE_UNAVAILABLE',
      `The tensorflow engine could not be loaded: ${messageOf(error)}. Install the project's dependencies again, or use the engine onnxruntime.`,
      { cause: error },
    );
  }
}

async function loadNative(): Promise<TensorFlow | undefined> {
  // Not a literal, because the package may be missing when this is compiled.
  const name = '@tensorflow/tfjs-node';
  quietTensorFlow();
  try {
    const module = (await import(name)) as { default: TensorFlow };
    const tf = module.default;
    return (await tf.setBackend('tensorflow')) ? tf : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Stops TensorFlow's library from writing to standard error when it starts. The library does not see the environment of a worker
 * thread.
 */
export function quietTensorFlow(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
}

async function startWasm(tf: TensorFlow): Promise<boolean> {
  // Its loader adds handlers that turn any unhandled rejection in the process into a crash.
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set<unknown>(process.rawListeners(event)));
  try {
    await import('@tensorflow/tfjs-backend-wasm');
    if (!(await tf.setBackend('wasm'))) return false;
    replaceMaxPoolGradient(tf);
    return true;
  } catch {
    return false;
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.rawListeners(event)) {
        if (before[i]?.has(listener) !== true) process.removeListener(event, listener as (...args: unknown[]) => void);
      }
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
