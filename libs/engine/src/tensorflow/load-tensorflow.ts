import { XaigridError } from '@xaigrid/contracts';
import { replaceMaxPoolGradient } from './wasm-max-pool-gradient.js';

/** TensorFlow.js as its umbrella package exports it; `@tensorflow/tfjs-node` exports the same and a native backend. */
export type TensorFlow = typeof import('@tensorflow/tfjs');

export type TensorFlowBackend = 'tensorflow' | 'wasm' | 'cpu';

export interface LoadedTensorFlow {
  readonly tf: TensorFlow;
  /** Backends that work here, best first. */
  readonly backends: readonly TensorFlowBackend[];
  /** For example `@tensorflow/tfjs-node 4.22.0`. */
  readonly version: string;
}

let loading: Promise<LoadedTensorFlow> | undefined;

/**
 * Loads TensorFlow.js once a thread: with its native backend when `@tensorflow/tfjs-node` is installed (an optional
 * dependency, whose download may have failed), otherwise with WebAssembly and plain JavaScript.
 * @throws ENGINE_UNAVAILABLE
 */
export function loadTensorFlow(): Promise<LoadedTensorFlow> {
  loading ??= load();
  return loading;
}

async function load(): Promise<LoadedTensorFlow> {
  const native = await loadNative();
  if (native !== undefined) {
    return { tf: native, backends: ['tensorflow', 'cpu'], version: `@tensorflow/tfjs-node ${native.version.tfjs}` };
  }
  try {
    const { default: tf } = await import('@tensorflow/tfjs');
    // Otherwise it advertises its native package on the first computation.
    tf.enableProdMode();
    const version = `@tensorflow/tfjs ${tf.version.tfjs}`;
    return { tf, backends: (await startWasm(tf)) ? ['wasm', 'cpu'] : ['cpu'], version };
  } catch (error) {
    throw new XaigridError(
      'ENGINE_UNAVAILABLE',
      `The tensorflow engine could not be loaded: ${messageOf(error)}. Install the project's dependencies again, or use the engine onnxruntime.`,
      { cause: error },
    );
  }
}

async function loadNative(): Promise<TensorFlow | undefined> {
  // Not a literal: the package may be absent when this is compiled.
  const name = '@tensorflow/tfjs-node';
  try {
    const module = (await import(name)) as { default: TensorFlow };
    const tf = module.default;
    return (await tf.setBackend('tensorflow')) ? tf : undefined;
  } catch {
    return undefined;
  }
}

async function startWasm(tf: TensorFlow): Promise<boolean> {
  // Its loader adds handlers that turn an unhandled rejection anywhere in the process into a crash of its own making.
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
